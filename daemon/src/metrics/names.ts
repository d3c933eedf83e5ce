/** What a metric is called, and what it says. */
export interface Metric {
  readonly name: `hygeia_${string}`
  readonly help: string
}

/**
 * Every metric of the daemon besides Node's own, each defined here and nowhere else: dashboard and alert rules are
 * tested against this list.
 */
export const METRICS = {
  anchorFinalMs: {
    name: 'hygeia_anchor_final_ms',
    help: 'From an anchor on the disk to its receipts',
  },
  anchoredBatchesTotal: {
    name: 'hygeia_anchored_batches_total',
    help: 'Batches with a receipt',
  },
  anchorsWithdrawnTotal: {
    name: 'hygeia_anchors_withdrawn_total',
    help: 'Anchors that were final and were replaced on the chain',
  },
  auditEntriesTotal: {
    name: 'hygeia_audit_entries_total',
    help: 'Lines of the audit log by event',
  },
  auditUnanchored: {
    name: 'hygeia_audit_unanchored',
    help: 'Lines of the audit log that are not anchored yet',
  },
  backupAgeSeconds: {
    name: 'hygeia_backup_age_seconds',
    help: 'Since the last backup; -1 while there is none',
  },
  certificateLeftSeconds: {
    name: 'hygeia_certificate_left_seconds',
    help: 'Until the end of the TLS certificate',
  },
  cfragsTotal: {
    name: 'hygeia_cfrags_total',
    help: 'Capsules re-encrypted',
  },
  chainFinal: {
    name: 'hygeia_chain_final',
    help: 'Number of the newest block that no rule can take back',
  },
  chainHead: {
    name: 'hygeia_chain_head',
    help: 'Number of the newest block',
  },
  chainHeadAgeSeconds: {
    name: 'hygeia_chain_head_age_seconds',
    help: 'How long ago the newest block became visible',
  },
  chainPeers: {
    name: 'hygeia_chain_peers',
    help: 'Nodes of other hospitals that this one is connected to',
  },
  chainUnfinalBlocks: {
    name: 'hygeia_chain_unfinal_blocks',
    help: 'Newest blocks that are not final yet',
  },
  coapDatagramsTotal: {
    name: 'hygeia_coap_datagrams_total',
    help: 'Datagrams that came to the CoAP door',
  },
  directoryEntries: {
    name: 'hygeia_directory_entries',
    help: 'Patients, physicians and devices that the Directory names',
  },
  diskFreeBytes: {
    name: 'hygeia_disk_free_bytes',
    help: 'Bytes free where the hospital keeps its data',
  },
  diskRefusing: {
    name: 'hygeia_disk_refusing',
    help: '1 while new batches are refused for want of room',
  },
  emergenciesTotal: {
    name: 'hygeia_emergencies_total',
    help: 'Grants for emergencies that were asked for, witnessed and opened here',
  },
  erasedBatchesTotal: {
    name: 'hygeia_erased_batches_total',
    help: 'Batches that patients had deleted',
  },
  eventStreams: {
    name: 'hygeia_event_streams',
    help: 'Streams of live events that are open',
  },
  grantChangesTotal: {
    name: 'hygeia_grant_changes_total',
    help: 'Grants stored, activated, revoked and expired',
  },
  hospitalsActive: {
    name: 'hygeia_hospitals_active',
    help: 'Hospitals that vote and anchor',
  },
  httpProblemsTotal: {
    name: 'hygeia_http_problems_total',
    help: 'Answers that are problems, by code',
  },
  httpSeconds: {
    name: 'hygeia_http_seconds',
    help: 'Answers by route and status',
  },
  ingestBytesTotal: {
    name: 'hygeia_ingest_bytes_total',
    help: 'Bytes of batches taken',
  },
  ingestMs: {
    name: 'hygeia_ingest_ms',
    help: 'From the arrival of a batch to its answer',
  },
  ingestTotal: {
    name: 'hygeia_ingest_total',
    help: 'Batches that arrived, by door and what became of them',
  },
  ingestWaiting: {
    name: 'hygeia_ingest_waiting',
    help: 'Batches on their way to the disk',
  },
  mqttConnections: {
    name: 'hygeia_mqtt_connections',
    help: 'Open MQTT connections',
  },
  mqttUnsentTotal: {
    name: 'hygeia_mqtt_unsent_total',
    help: 'Answers that a device did not read and has to ask for',
  },
  noticesTotal: {
    name: 'hygeia_notices_total',
    help: 'Notices to the outside by channel and outcome',
  },
  openAnchors: {
    name: 'hygeia_open_anchors',
    help: 'Anchors on their way to being final',
  },
  pairingMailboxes: {
    name: 'hygeia_pairing_mailboxes',
    help: 'Mailboxes held',
  },
  reencryptQueue: {
    name: 'hygeia_reencrypt_queue',
    help: 'Capsules that wait to be re-encrypted',
  },
  reencryptionsTotal: {
    name: 'hygeia_reencryptions_total',
    help: 'Requests for re-encryption by outcome',
  },
  refusalsTotal: {
    name: 'hygeia_refusals_total',
    help: 'What was refused, by door and reason',
  },
  relaySeconds: {
    name: 'hygeia_relay_seconds',
    help: 'From a statement to its finality',
  },
  relayedTotal: {
    name: 'hygeia_relayed_total',
    help: 'Relayed statements by kind and outcome',
  },
  replicationFaulty: {
    name: 'hygeia_replication_faulty',
    help: 'Manifests that are not as their hospital says',
  },
  replicationLagBlocks: {
    name: 'hygeia_replication_lag_blocks',
    help: 'Final blocks whose anchors are not all held here',
  },
  replicationRepairsTotal: {
    name: 'hygeia_replication_repairs_total',
    help: 'Manifests of which something was gone from this disk',
  },
  replicationUnderReplicated: {
    name: 'hygeia_replication_under_replicated',
    help: 'Copies of what this hospital anchored that their holders have not proven to hold yet',
  },
  replicationWanted: {
    name: 'hygeia_replication_wanted',
    help: 'Manifests that are to be fetched',
  },
  replicationsTotal: {
    name: 'hygeia_replications_total',
    help: 'Manifests that were fetched, by what became of it',
  },
  sessions: {
    name: 'hygeia_sessions',
    help: 'Accounts signed in, expired ones included until the next sign-in',
  },
  signInsTotal: {
    name: 'hygeia_sign_ins_total',
    help: 'Sign-ins by outcome',
  },
  silentDevices: {
    name: 'hygeia_silent_devices',
    help: 'Devices of which nothing came for three windows',
  },
  unanchoredBatches: {
    name: 'hygeia_unanchored_batches',
    help: 'Batches that no anchor holds yet',
  },
} as const satisfies Record<string, Metric>

/** Where somebody else's broker is the MQTT door. */
export const EXTERNAL_BROKER_METRICS = {
  mqttBrokerConnections: {
    name: 'hygeia_mqtt_broker_connections',
    help: 'Connections to the broker of the hospital that are up',
  },
} as const satisfies Record<string, Metric>
