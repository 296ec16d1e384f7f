import type { Migration } from './migrate.js'

// One document a credential, and columns made from it, so that the two cannot differ. Columns hold nothing that the
// document does not hold.
export const CREDENTIALS: Migration = {
  id: 1,
  name: 'credentials, their history, the revision',
  statements: [
    `create table countersign_credentials (
      record jsonb not null,
      key_id text collate "C" generated always as (record ->> 'keyId') stored primary key,
      kind text generated always as (record ->> 'kind') stored not null,
      partner_id text collate "C" generated always as (record ->> 'partnerId') stored not null,
      environment text generated always as (record ->> 'environment') stored not null,
      state text generated always as (record ->> 'state') stored not null check (state in ('active', 'revoked')),
      created_at bigint generated always as ((record ->> 'createdAt')::bigint) stored not null,
      key_encryption_key text generated always as (record #>> '{sealedSecret,keyEncryptionKey}') stored,
      secret_fingerprint text generated always as (record ->> 'secretFingerprint') stored
        constraint countersign_credentials_secret_fingerprint unique,
      secret_sha256 text generated always as (record ->> 'secretSha256') stored
        constraint countersign_credentials_secret_sha256 unique,
      check (kind <> 'hmac' or (key_encryption_key is not null and secret_fingerprint is not null)),
      check (kind <> 'api-key' or secret_sha256 is not null),
      check (not record ? 'secret')
    )`,
    'create index countersign_credentials_partner on countersign_credentials (partner_id, created_at)',
    `create table countersign_credential_history (
      revision bigint not null,
      step integer not null,
      key_id text collate "C",
      change text not null,
      action text not null,
      actor text not null,
      reason text,
      not_after bigint,
      at bigint not null,
      primary key (revision, step)
    )`,
    'create index countersign_credential_history_key_id on countersign_credential_history (key_id, revision)',
    `create table countersign_credential_state (
      only_row boolean primary key default true check (only_row),
      revision bigint not null,
      fingerprint_key jsonb
    )`,
    'insert into countersign_credential_state (revision) values (0)',
  ],
}
