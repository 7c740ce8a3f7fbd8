import { useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { inline, plural } from '../../ui/format.ts'
import { Card, Empty, Failure, Ready, Time } from '../../ui/parts.tsx'
import { isObject } from '../../rules/model.ts'
import { toast } from '../../ui/toast.tsx'
import { ModelDiff, ModelVersions, type ModelVersionsResult, RestoreModel } from './model.graphql.ts'

type Version = ModelVersionsResult['modelVersions']['nodes'][number]
type Change = Pick<Version['changes'][number], 'part' | 'key' | 'before' | 'after'>

const POLL_MS = 5000
const MOST = 100

export function Versions() {
  const versions = useQuery(ModelVersions, { first: MOST }, { every: POLL_MS })
  const mayChange = useMayChange('model')
  const [restoring, setRestoring] = useState<number>()
  const { error, run } = useSave()
  const restore = (number: number) =>
    run(async () => {
      await request(RestoreModel, { number })
      toast(`Version ${number} is restored.`)
      await refresh()
    })
  return (
    <Card flush>
      {error && <Failure error={error} />}
      <Ready query={versions}>
        {({ modelVersions }) =>
          modelVersions.nodes.length === 0 ? (
            <Empty title="No version yet">
              <p>Every change of an object, a field or a behavior will be here, with who made it.</p>
            </Empty>
          ) : (
            <ul className="lines">
              {modelVersions.nodes.map((version, n) => (
                <li key={version.id}>
                  <div className="what">
                    <b>Version {version.number}</b> <span className="soft">{actorOf(version)}</span>
                    <Changes changes={version.changes} />
                  </div>
                  <span className="when">
                    <Time at={version.at} />
                  </span>
                  {mayChange && n > 0 && (
                    <button type="button" className="button small" onClick={() => setRestoring(version.number)}>
                      Restore<span className="visually-hidden"> version {version.number}</span>
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Ready>
      {restoring !== undefined && (
        <Restore number={restoring} onClose={() => setRestoring(undefined)} onConfirm={() => void restore(restoring)} />
      )}
    </Card>
  )
}

function actorOf({ actor }: Version): string {
  if (!isObject(actor)) return ''
  return [actor.name ?? actor.kind].filter((text) => typeof text === 'string').join('')
}

function Changes({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <p className="soft">What was there when versions began.</p>
  return (
    <ul className="soft">
      {changes.map((change) => (
        <li key={`${change.part} ${change.key}`}>
          {change.part.toLowerCase()} <b>{change.key}</b> {whatOf(change)}
        </li>
      ))}
    </ul>
  )
}

function whatOf({ before, after }: Change): string {
  if (!isObject(before)) return 'made'
  if (!isObject(after)) return 'deleted'
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const different = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return different
    .map((name) => `${name.replaceAll('_', ' ')}: ${inline(before[name] ?? null)} → ${inline(after[name] ?? null)}`)
    .join(', ')
}

/** First what it would do, and which stored rows would not fit. */
function Restore({ number, onClose, onConfirm }: { number: number; onClose(): void; onConfirm(): void }) {
  const diff = useQuery(ModelDiff, { to: number })
  return (
    <Confirm title={`Restore version ${number}?`} open onClose={onClose} action="Restore" onConfirm={onConfirm}>
      <Ready query={diff}>
        {({ modelDiff }) =>
          modelDiff.length === 0 ? (
            <p>It is as it was then.</p>
          ) : (
            <div className="stack tight">
              <p>It makes a new version; what is stored stays as it is.</p>
              <Changes changes={modelDiff} />
              {modelDiff
                .filter(({ violations }) => violations && violations.count > 0)
                .map(({ key, violations }) => (
                  <p key={key} className="pill warn">
                    {plural(violations!.count, 'stored row')} would not fit {key}.
                  </p>
                ))}
            </div>
          )
        }
      </Ready>
    </Confirm>
  )
}
