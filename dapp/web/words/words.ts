import { signal } from '@preact/signals'
import i18next from 'i18next'
import { en } from './en.ts'
import type { operations } from './operations/en.ts'
import type { patientEn } from './patient.en.ts'
import type { physicianEn } from './physician.en.ts'
import type { readingsEn } from './readings.en.ts'

/** What can be read, and its own name for itself. */
export const LANGUAGES = { en: 'English', ar: 'العربية' } as const
export type Language = keyof typeof LANGUAGES

type Keys<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${Counted<K>}` : Keys<T[K], `${Prefix}${K}.`>
}[keyof T & string]
/** `days_one` and `days_other` are asked for as `days`. */
type Counted<K extends string> = K extends `${infer Name}_${'one' | 'other'}` ? Name : K
/** Words that are fetched with the pages that show them; each adds its own names to the first ones. */
interface Sections {
  readonly readings: typeof readingsEn
  readonly patient: typeof patientEn
  readonly physician: { readonly physician: typeof physicianEn }
  readonly operations: { readonly operations: typeof operations }
}
export type WordKey = Keys<
  typeof en & Sections['readings'] & Sections['patient'] & Sections['physician'] & Sections['operations']
>

/** The same words in another language: every key, and whatever further forms its counting has. */
export type Words<T = typeof en> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> } & {
  readonly [K in keyof T & `${string}_other` as K extends `${infer Name}_other`
    ? `${Name}_${'zero' | 'two' | 'few' | 'many'}`
    : never]?: string
}

const SECTIONS: {
  readonly [S in keyof Sections]: Readonly<Record<Language, () => Promise<Words<Sections[S]>>>>
} = {
  readings: {
    en: async () => (await import('./readings.en.ts')).readingsEn,
    ar: async () => (await import('./readings.ar.ts')).readingsAr,
  },
  patient: {
    en: async () => (await import('./patient.en.ts')).patientEn,
    ar: async () => (await import('./patient.ar.ts')).patientAr,
  },
  physician: {
    en: async () => ({ physician: (await import('./physician.en.ts')).physicianEn }),
    ar: async () => ({ physician: (await import('./physician.ar.ts')).physicianAr }),
  },
  operations: {
    en: async () => ({ operations: (await import('./operations/en.ts')).operations }),
    ar: async () => ({ operations: (await import('./operations/ar.ts')).operations }),
  },
}
const added = new Set<keyof Sections>()
const fetched = new Set<string>()

const STORED = 'hygeia-language'
const chosen = signal<Language>('en')

/** Language in use; pages that read it are drawn again when it changes. */
export const language = () => chosen.value
export const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text)

/** Begin with what was chosen before, or what the browser prefers. */
export async function beginWords(): Promise<void> {
  await i18next.init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  })
  const stored = localStorage.getItem(STORED)
  const wanted = [stored ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2)).find(isLanguage)
  await speak(wanted ?? 'en')
}

export async function speak(wanted: Language): Promise<void> {
  if (wanted === 'ar' && !i18next.hasResourceBundle('ar', 'translation')) {
    i18next.addResourceBundle('ar', 'translation', (await import('./ar.ts')).ar)
  }
  for (const section of added) await fetchSection(section, wanted)
  await i18next.changeLanguage(wanted)
  document.documentElement.lang = wanted
  document.documentElement.dir = i18next.dir(wanted)
  chosen.value = wanted
}

/** Have the words of a section at hand, in every language that is chosen from now on. */
export async function addWords(section: keyof Sections): Promise<void> {
  added.add(section)
  await Promise.all([fetchSection(section, 'en'), fetchSection(section, chosen.peek())])
}

async function fetchSection(section: keyof Sections, wanted: Language): Promise<void> {
  const name = `${section} ${wanted}`
  if (fetched.has(name)) return
  const words = await SECTIONS[section][wanted]()
  i18next.addResourceBundle(wanted, 'translation', words, true)
  fetched.add(name)
}

export async function choose(wanted: Language): Promise<void> {
  localStorage.setItem(STORED, wanted)
  await speak(wanted)
}

/** Text of a key in the language in use. */
export function t(key: WordKey, values: Record<string, string | number> = {}): string {
  // Read, so that whoever shows it is drawn again with another language.
  void chosen.value
  return i18next.t(key, values)
}

/** Whether there are words for a key made of something from outside. */
export const hasWords = (key: string): key is WordKey => i18next.exists(key)
