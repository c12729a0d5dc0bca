// An orchestrator's pool: what is delegated to it, and how a round's earnings are divided.

import { scaled, whole } from "./exact.mjs";

/** The unit of shares. */
export const MILLION = 1_000_000n;

/** Stake below it shares no earnings. */
export const GRAIN = 10n ** 12n;

/** What an account has, with bounds on how far the contract may be below. */
export class Account {
  /** Whose pool, or nobody's. @type {Pool | undefined} */
  pool;
  /** Of the stake: what was there at the round's start and has not left, at its value then. */
  early = 0n;
  /** The rest, which does not earn in this round. */
  late = 0n;
  /** What a claim found last, with what was added and taken since. */
  claimed = 0n;
  fees = 0n;
  /** How far below the contract's stake and fees may be, and how far above the fees. */
  stakeSlack = 0n;
  feeSlack = 0n;
  feeExcess = 0n;
  /** @type {Map<bigint, { amount: bigint, free: bigint, slashable: boolean }>} */
  locks = new Map();
  nextLock = 0n;
  /** What they were at the end of each round. @type {Array<{ round: bigint, exact: bigint, slack: bigint }>} */
  votes = [];

  stake() {
    return (this.pool ? this.pool.grown(this.early) : 0n) + this.late;
  }

  /** Each part of the stake, and of the fees, may lose less than one by rounding. */
  claim() {
    this.claimed = this.stake();
    this.stakeSlack += whole(2n);
    this.feeSlack += whole(2n);
  }
}

export class Pool {
  /** Always whole: what rounding leaves behind is in it. */
  total = 0n;
  /** Whom it is of, what others left by rounding, and who else has stake in it. @type {Set<Account>} */
  members = new Set();
  nobody = new Account();
  rewarded = false;
  /** By what reward the early stake has grown, as a fraction. @type {[bigint, bigint]} */
  growth = [1n, 1n];
  /** How many parts were taken of early stake that had grown, each rounded. */
  rounded = 0n;
  /** @type {{ rewardCut: bigint, feeShare: bigint }} */
  rates = { rewardCut: 0n, feeShare: 0n };
  nextRates = this.rates;

  /** @param {Account} owner */
  constructor(owner) {
    this.owner = owner;
    this.nobody.pool = this;
  }

  isRegistered() {
    return this.owner.pool === this;
  }

  beginRound() {
    for (const account of [...this.members, this.nobody]) {
      [account.early, account.late] = [account.stake(), 0n];
    }
    [this.rewarded, this.growth, this.rounded, this.rates] = [false, [1n, 1n], 0n, this.nextRates];
  }

  /** @param {bigint} early */
  grown(early) {
    return scaled(early, ...this.growth);
  }

  /** What earns in this round. */
  earning() {
    let sum = this.nobody.early;
    for (const account of this.members) sum += account.early;
    return sum;
  }

  /** @param {Account} account @param {bigint} amount */
  enter(account, amount) {
    if (account.pool !== this) {
      [account.pool, account.early, account.late, account.claimed, account.stakeSlack] = [this, 0n, 0n, 0n, 0n];
      this.members.add(account);
    }
    account.late += whole(amount);
    account.claimed += whole(amount);
    this.total += amount;
  }

  /** First what came last, unless it is said how much of that. @param {Account} account @param {bigint} amount */
  take(account, amount, late = least(account.late, whole(amount))) {
    account.late -= late;
    account.early -= scaled(whole(amount) - late, this.growth[1], this.growth[0]);
    account.claimed -= whole(amount);
    this.total -= amount;
    if (this.rewarded) this.rounded++;
  }

  /** Who has taken all that the contract knew of leaves nothing but what was rounded away. @param {Account} account */
  leave(account) {
    const rest = account.stake();
    this.nobody.early += account.early;
    this.nobody.late += account.late;
    this.members.delete(account);
    const slack = account.stakeSlack;
    [account.pool, account.early, account.late, account.claimed, account.stakeSlack] = [undefined, 0n, 0n, 0n, 0n];
    return { rest, slack };
  }

  /** @param {bigint} amount */
  reward(amount) {
    const earning = this.earning();
    const commission = earning < whole(GRAIN) ? amount : (amount * this.rates.rewardCut) / MILLION;
    this.growth = earning === 0n ? [1n, 1n] : [earning + whole(amount - commission), earning];
    this.rewarded = true;
    this.owner.late += whole(commission);
    this.total += amount;
    for (const account of this.members) account.stakeSlack = this.grown(account.stakeSlack) + whole(1n);
    // Its commission is rounded when it is earned, and when it grows.
    this.owner.stakeSlack += whole(2n);
  }

  /** @param {bigint} amount */
  pay(amount) {
    const earning = this.earning();
    const shared = earning < whole(GRAIN) ? 0n : (whole(amount) * this.rates.feeShare) / MILLION;
    this.owner.fees += whole(amount) - shared;
    if (shared === 0n) return;
    // The contract's `shared` is whole, and what that leaves out the orchestrator's.
    this.owner.feeExcess += whole(1n);
    this.owner.feeSlack += whole(1n);
    for (const account of this.members) {
      account.fees += scaled(account.early, shared, earning);
      account.feeSlack += whole(2n) + scaled(account.stakeSlack, shared, earning);
      // What had grown and left was rounded, less than one each time: the contract may divide by so much less.
      const less = scaled(whole(this.rounded), account.early, earning);
      account.feeExcess += scaled(less, shared, earning);
      account.feeSlack += scaled(less, shared, earning);
    }
  }
}

/** @param {bigint} a @param {bigint} b */
function least(a, b) {
  return a < b ? a : b;
}
