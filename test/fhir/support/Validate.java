import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * Validates FHIR R4 resources in JSON files against the definitions that HL7 published, offline.
 *
 * <p>Takes a file that names them, one a line. A line for each finding: severity, file, place, message, with tabs
 * between.
 */
public final class Validate {
  private Validate() {}

  public static void main(String[] arguments) throws Exception {
    FhirContext context = FhirContext.forR4();
    FhirInstanceValidator rules = new FhirInstanceValidator(
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context)));
    FhirValidator validator = context.newValidator().registerValidatorModule(rules);
    for (String file : Files.readAllLines(Path.of(arguments[0]))) {
      for (SingleValidationMessage found : validator.validateWithResult(Files.readString(Path.of(file))).getMessages()) {
        String message = found.getMessage().replaceAll("\\s+", " ");
        System.out.println(String.join("\t", found.getSeverity().getCode(), file, found.getLocationString(), message));
      }
    }
  }
}
