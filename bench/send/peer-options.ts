/** What the two peers of the benchmark are started with. */
export interface PeerOptions {
  readonly queue: string;
  readonly redisPort: number;
  readonly relayPort: number;
  /** Connections to the relay. */
  readonly connections: number;
  /** Private key (PEM) to sign with; absent: unsigned. */
  readonly dkimKey?: string;
}
