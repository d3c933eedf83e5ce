;(() => {
  /** Units that are read otherwise than UCUM writes them. */
  const UNITS = { 1: '', Cel: '°C', uV: 'µV', 'mm[Hg]': 'mmHg', 'm/s2': 'm/s²' }

  const read = (unit) => UNITS[unit] ?? unit
  const named = ({ name, unit }) => (unit === '1' ? name : `${name} (${read(unit)})`)

  /** What the dialogs of these nodes have in common. `RED` and `$` are the editor's. */
  globalThis.hygeiaDialog = {
    /** A channel with its unit, as it is offered. */
    named,

    /** Unit of the channel of this name. */
    unitOf: (name) => read(RED.settings.hygeiaSensorChannels.find((one) => one.name === name)?.unit),

    /** Options for a select of channels. @param wanted - which; all by default */
    channelOptions: (wanted = () => true) =>
      RED.settings.hygeiaSensorChannels
        .filter(wanted)
        .map((channel) => $('<option>').val(channel.name).text(named(channel))),

    /** Show the rows of a dialog that this kind has, by their `data-field`. */
    showFields: (selector, fields) => {
      $(selector).each(function () {
        $(this).toggle(fields.includes($(this).data('field')))
      })
    },

    /** A validator of a number within bounds, that may be left out. */
    number: (min, max) => (value) => {
      if (value === '' || value === undefined || value === null) return true
      return Number.isFinite(Number(value)) && Number(value) >= min && Number(value) <= max
    },
  }
})()
