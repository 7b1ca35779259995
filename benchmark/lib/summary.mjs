// What was measured, as the few numbers that answer the question.
import { contestants, reference, sizes } from './contestants.mjs'
import { median, perFurtherFile, spread } from './statistics.mjs'

/**
 * @typedef {object} Summary One contestant.
 * @property {string} name
 * @property {string} title
 * @property {Figure} oneFile Whole command, ms.
 * @property {Figure} manyFiles Whole command, ms.
 * @property {Figure} furtherFile Each file after the first, ms.
 * @property {Use} oneFileUse
 * @property {Use} manyFilesUse
 */

/** @typedef {import('./statistics.mjs').Spread & { ofReference: number | null }} Figure `ofReference` is the ratio to the peer. */

/** @typedef {{ cpuMs: number | null, memory: import('./memory.mjs').Peak | null }} Use */

const [few, many] = sizes

/** @param {readonly import('./measure.mjs').Series[]} series @returns {Summary[]} */
export function summarize(series) {
  const plain = contestants.flatMap(({ name, title }) => {
    const one = series.find(({ contestant, files }) => contestant === name && files === few)
    const more = series.find(({ contestant, files }) => contestant === name && files === many)
    return one && more ? [{ name, title, one, more, ...times(one, more) }] : []
  })
  const base = plain.find(({ name }) => name === reference)
  return plain.map(({ name, title, one, more, oneFile, manyFiles, furtherFile }) => ({
    name,
    title,
    oneFile: { ...oneFile, ofReference: ratio(oneFile, base?.oneFile) },
    manyFiles: { ...manyFiles, ofReference: ratio(manyFiles, base?.manyFiles) },
    furtherFile: { ...furtherFile, ofReference: ratio(furtherFile, base?.furtherFile) },
    oneFileUse: use(one),
    manyFilesUse: use(more),
  }))
}

/** @param {import('./measure.mjs').Series} one @param {import('./measure.mjs').Series} more */
function times(one, more) {
  const few = one.runs.map(({ wallMs }) => wallMs)
  const many = more.runs.map(({ wallMs }) => wallMs)
  return {
    oneFile: spread(few),
    manyFiles: spread(many),
    furtherFile: perFurtherFile(few, many, more.files - one.files),
  }
}

/** @param {import('./statistics.mjs').Spread} figure @param {import('./statistics.mjs').Spread | undefined} base */
const ratio = (figure, base) => (base ? figure.median / base.median : null)

/** @param {import('./measure.mjs').Series} series @returns {Use} */
function use({ runs, memory }) {
  const cpu = runs.flatMap(({ cpuMs }) => (cpuMs === null ? [] : [cpuMs]))
  return { cpuMs: cpu.length === runs.length ? median(cpu) : null, memory }
}
