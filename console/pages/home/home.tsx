import { Page } from '../../ui/parts.tsx'

export default function Home() {
  return (
    <Page title="Home" name="Home">
      Home
    </Page>
  )
}
