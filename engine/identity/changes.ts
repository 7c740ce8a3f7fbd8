import { CHANGE_RANK, type ProfileChange } from './types.ts'

/** Of several things that happen to a profile, the one that says most. */
export class Changes {
  private readonly byProfile = new Map<string, ProfileChange>()

  note(profileId: string, change: ProfileChange['change'], into?: string): void {
    const old = this.byProfile.get(profileId)
    if (old && CHANGE_RANK[old.change] <= CHANGE_RANK[change]) return
    this.byProfile.set(profileId, into === undefined ? { profileId, change } : { profileId, change, into })
  }

  list(): ProfileChange[] {
    return [...this.byProfile.values()]
  }
}
