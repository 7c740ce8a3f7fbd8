import { useMayChange, useViewer } from '../../client/viewer.ts'
import { Tabs } from '../../ui/parts.tsx'

/** What there is to set, for who is signed in. */
export function SettingsTabs({ current }: { current: 'keys' | 'identity' | 'team' | 'you' | 'audit' }) {
  const mayTeam = useMayChange('team')
  const mayAudit = useMayChange('audit')
  const isPerson = Boolean(useViewer()?.member)
  const tabs = [
    { key: 'keys', name: 'Keys', to: '/settings' },
    { key: 'identity', name: 'Identity policy', to: '/settings/identity' },
    ...(mayTeam ? [{ key: 'team', name: 'Team', to: '/settings/team' }] : []),
    ...(isPerson ? [{ key: 'you', name: 'You', to: '/settings/you' }] : []),
    ...(mayAudit ? [{ key: 'audit', name: 'Audit log', to: '/settings/audit' }] : []),
  ]
  return <Tabs label="Settings" current={current} tabs={tabs} />
}
