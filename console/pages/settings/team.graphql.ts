// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { ChangeTeamRoleInput, InvitationPurpose, InviteTeamMemberInput, Role } from '../../client/schema.ts'

export type TeamResult = {
  viewer: {
    member: {
      id: string
    } | null
  }
  team: {
    nodes: ({
      id: string
      email: string
      name: string
      role: Role
      createdAt: string
      sessions: {
        nodes: ({
          id: string
          seenAt: string
        })[]
      }
    })[]
  }
  invitations: {
    nodes: ({
      id: string
      purpose: InvitationPurpose
      email: string
      role: Role | null
      expiresAt: string
      invitedBy: {
        id: string
        name: string
      } | null
    })[]
  }
}
export type TeamVariables = {}
export const Team: Document<TeamResult, TeamVariables> = {
  name: 'Team',
  text: "query Team{viewer{member{id}}team(first:200){nodes{id email name role createdAt sessions(first:1 orderBy:[{field:seenAt direction:DESC}]){nodes{id seenAt}}}}invitations(first:50 filter:{usedAt:{isNull:true}}){nodes{id purpose email role expiresAt invitedBy{id name}}}}",
}

export type InviteTeamMemberResult = {
  inviteTeamMember: {
    path: string
  }
}
export type InviteTeamMemberVariables = {
  input: InviteTeamMemberInput
}
export const InviteTeamMember: Document<InviteTeamMemberResult, InviteTeamMemberVariables> = {
  name: 'InviteTeamMember',
  text: "mutation InviteTeamMember($input:InviteTeamMemberInput!){inviteTeamMember(input:$input){path}}",
}

export type MakePasswordLinkResult = {
  makePasswordLink: {
    path: string
  }
}
export type MakePasswordLinkVariables = {
  id: string
}
export const MakePasswordLink: Document<MakePasswordLinkResult, MakePasswordLinkVariables> = {
  name: 'MakePasswordLink',
  text: "mutation MakePasswordLink($id:ID!){makePasswordLink(input:{id:$id}){path}}",
}

export type WithdrawInvitationResult = {
  withdrawInvitation: {
    withdrawnId: string
  }
}
export type WithdrawInvitationVariables = {
  id: string
}
export const WithdrawInvitation: Document<WithdrawInvitationResult, WithdrawInvitationVariables> = {
  name: 'WithdrawInvitation',
  text: "mutation WithdrawInvitation($id:ID!){withdrawInvitation(input:{id:$id}){withdrawnId}}",
}

export type ChangeTeamRoleResult = {
  changeTeamRole: {
    member: {
      id: string
      role: Role
    }
  }
}
export type ChangeTeamRoleVariables = {
  input: ChangeTeamRoleInput
}
export const ChangeTeamRole: Document<ChangeTeamRoleResult, ChangeTeamRoleVariables> = {
  name: 'ChangeTeamRole',
  text: "mutation ChangeTeamRole($input:ChangeTeamRoleInput!){changeTeamRole(input:$input){member{id role}}}",
}

export type RemoveTeamMemberResult = {
  removeTeamMember: {
    removedId: string
  }
}
export type RemoveTeamMemberVariables = {
  id: string
}
export const RemoveTeamMember: Document<RemoveTeamMemberResult, RemoveTeamMemberVariables> = {
  name: 'RemoveTeamMember',
  text: "mutation RemoveTeamMember($id:ID!){removeTeamMember(input:{id:$id}){removedId}}",
}
