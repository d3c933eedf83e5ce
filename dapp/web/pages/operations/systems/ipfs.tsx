import type { IpfsView } from '@hygeia/dapp/staff/answers'
import { Grid } from '../../../design/grid.tsx'
import { number, size } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { Figure, Figures } from '../figures.tsx'
import { Looking } from '../frame.tsx'
import { ipfs } from '../looks.ts'
import { reasonText } from '../reason-text.ts'

/** What is kept, how far copies have come, and the disk. */
export function Ipfs() {
  return (
    <Looking look={ipfs}>
      {(view) => (
        <>
          <Kept view={view} />
          <Copies view={view} />
          {view.faulty.length > 0 && <Faults view={view} />}
        </>
      )}
    </Looking>
  )
}

function Kept({ view: { objects, node, disk, batches } }: { readonly view: IpfsView }) {
  return (
    <Figures>
      <Figure
        name={t('operations.ipfs.objects')}
        value={number(objects)}
        note={`${t('operations.ipfs.node')} ${node}`}
      />
      <Figure
        name={t('operations.ipfs.own')}
        value={number(batches.taken)}
        note={t('operations.ipfs.anchored', {
          anchored: number(batches.anchored),
          waiting: number(batches.waiting),
        })}
      />
      <Figure
        name={t('operations.ipfs.disk')}
        value={size(disk.freeBytes)}
        note={t(
          !disk.isUp
            ? 'operations.ipfs.down'
            : disk.isRefusing
              ? 'operations.ipfs.refuses'
              : 'operations.ipfs.takes',
        )}
      />
    </Figures>
  )
}

function Copies({ view: { replicas, lagBlocks, wanted, underReplicated } }: { readonly view: IpfsView }) {
  return (
    <Figures>
      <Figure name={t('operations.ipfs.replicas')} value={number(replicas)} />
      <Figure
        name={t('operations.ipfs.lag')}
        value={t('operations.ipfs.blocks', { count: lagBlocks })}
        note={`${t('operations.ipfs.wanted')} ${number(wanted)}`}
      />
      <Figure name={t('operations.ipfs.under')} value={number(underReplicated)} />
    </Figures>
  )
}

function Faults({ view: { faulty } }: { readonly view: IpfsView }) {
  const name = t('operations.ipfs.faults')
  const heads = [t('operations.ipfs.hospital'), t('operations.ipfs.root'), t('operations.ipfs.fault')]
  return (
    <section class="card stack">
      <h2>{name}</h2>
      <Grid
        name={name}
        heads={heads}
        rows={faulty.map(({ hospital, root, fault }) => ({
          key: root,
          cells: [<Account account={hospital} />, <Account account={root} />, reasonText(fault)],
        }))}
      />
    </section>
  )
}
