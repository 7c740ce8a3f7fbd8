import { type FormEvent, useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { navigate } from '../../client/router.ts'
import { bare } from '../../people/person.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Note } from '../../ui/parts.tsx'
import { saveFile } from '../../ui/save-file.ts'
import { attempt } from '../../ui/toast.tsx'
import { EraseProfile, ExportProfile } from './identity.graphql.ts'

/** What somebody has a right to ask for: everything that is held about them, as a file, and that it be forgotten. */
export function PersonData({ profileId, name }: { profileId: string; name: string }) {
  const [erasing, setErasing] = useState(false)
  const [busy, setBusy] = useState(false)

  async function download() {
    setBusy(true)
    await attempt(async () => {
      const { exportProfile } = await request(ExportProfile, { profileId })
      const text = `${JSON.stringify(exportProfile, null, 2)}\n`
      saveFile(`person-${bare(profileId)}.json`, 'application/json', text)
    })
    setBusy(false)
  }

  return (
    <>
      <button type="button" className="button" disabled={busy} onClick={() => void download()}>
        Export
      </button>
      <button type="button" className="button danger" onClick={() => setErasing(true)}>
        Erase
      </button>
      <EraseDialog profileId={profileId} name={name} open={erasing} onClose={() => setErasing(false)} />
    </>
  )
}

type EraseProps = { profileId: string; name: string; open: boolean; onClose(): void }

const WORD = 'erase'

function EraseDialog({ profileId, name, open, onClose }: EraseProps) {
  const [word, setWord] = useState('')

  function erase(event: FormEvent) {
    event.preventDefault()
    setWord('')
    onClose()
    void attempt(async () => {
      await request(EraseProfile, { profileId })
      await refresh()
      navigate('/people')
    }, `${name} is erased within moments.`)
  }

  return (
    <Dialog title={`Erase ${name}?`} open={open} onClose={onClose}>
      <form className="form" onSubmit={erase}>
        <Note tone="warn" icon="warn">
          This cannot be undone. Events, records, identifiers, history and memberships are deleted; orders, contracts
          and opportunities stay, about nobody. What comes later under the same identifiers is deleted too.
        </Note>
        <Field name={`Type the word ${WORD}`}>
          <input className="input" value={word} autoComplete="off" onChange={(event) => setWord(event.target.value)} />
        </Field>
        <button type="submit" className="button danger" disabled={word.trim().toLowerCase() !== WORD}>
          Erase for good
        </button>
      </form>
    </Dialog>
  )
}
