import type { ComponentType } from 'preact'
import { now } from '../../../shell/clock.ts'
import { linkTo, route } from '../../../shell/route.ts'
import { t } from '../../../words/words.ts'
import { doingText, findingText } from '../finding-text.ts'
import { Freshness } from '../frame.tsx'
import { useLook } from '../look.ts'
import { PARTS, type Part, WATCHED } from '../parts.ts'
import { ToneMark } from '../shape.tsx'
import { Tabs } from '../tabs.tsx'
import { Certificates } from './certificates.tsx'
import { Devices } from './devices.tsx'
import { Hospitals } from './hospitals.tsx'
import { Ingest } from './ingest.tsx'
import { Ipfs } from './ipfs.tsx'
import { Validator } from './validator.tsx'

const PAGES: Readonly<Record<Part, ComponentType>> = {
  validator: Validator,
  ipfs: Ipfs,
  ingest: Ingest,
  devices: Devices,
  hospitals: Hospitals,
  certificates: Certificates,
}

/** Each part of the hospital by itself. */
export function Systems() {
  const wanted = route.value.rest[0]
  const part = PARTS.find((name) => name === wanted) ?? PARTS[0]
  const Page = PAGES[part]
  return (
    <>
      <Tabs
        name={t('menu.systems')}
        here={part}
        tabs={PARTS.map((name) => ({
          name,
          text: t(`operations.part.${name}`),
          href: linkTo('systems', name),
        }))}
      />
      <Head key={`head ${part}`} part={part} />
      <Page key={part} />
    </>
  )
}

function Head({ part }: { readonly part: Part }) {
  const { look, judge } = WATCHED[part]
  useLook(look)
  const finding = judge(now.value)
  const doing = finding === undefined || finding.tone === 'good' ? undefined : doingText(finding)
  return (
    <div class="stack stack-tight">
      <div class="row row-apart">
        <h1>{t(`operations.part.${part}`)}</h1>
        <Freshness looks={[look]} />
      </div>
      {finding !== undefined && (
        <p class="row">
          <ToneMark tone={finding.tone} />
          <span>{findingText(finding)}</span>
        </p>
      )}
      {doing !== undefined && <p class="quiet">{doing}</p>}
    </div>
  )
}
