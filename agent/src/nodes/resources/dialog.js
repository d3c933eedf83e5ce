/** What the dialogs of these nodes have in common. `RED` and `$` are the editor's. */
globalThis.hygeiaDialog = {
  /** Channels by name, with unit and category, as the agent has them. */
  channel: (name) => RED.settings.hygeiaSensorChannels.find((one) => one.name === name),

  /** Options for a select of channels. @param wanted - which; all by default */
  channelOptions: (wanted = () => true) =>
    RED.settings.hygeiaSensorChannels.filter(wanted).map(({ name, unit }) =>
      $('<option>')
        .val(name)
        .text(unit === '1' ? name : `${name} (${unit})`),
    ),

  /** Show the rows of a dialog that this kind has, by their `data-field`. */
  showFields: (selector, fields) => {
    $(selector).each(function () {
      $(this).toggle(fields.includes($(this).data('field')))
    })
  },

  /** A validator of a number within bounds, that may be left out. */
  number:
    (min, max, isOptional = true) =>
    (value) => {
      if (value === '' || value === undefined || value === null) return isOptional
      return Number.isFinite(Number(value)) && Number(value) >= min && Number(value) <= max
    },
}
