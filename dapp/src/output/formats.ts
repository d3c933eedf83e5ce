export const EXPORT_FORMATS = ['fhir', 'csv'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]
