// The staking economy a second time, from its specification (SPEC/staking.md and SPEC.md), with exact numbers: every
// account is given its part of every reward and fee when it comes. The contract does it with factors, lazily, in whole
// numbers.

import assert from "node:assert/strict";

import { ceiling, floor, NOTHING, whole } from "./exact.mjs";
import { Account, GRAIN, MILLION, Pool } from "./pool.mjs";

const BILLION = 1_000_000_000n;
const CUT_UNIT = 10n ** 27n;
/** A slash reaches so many of the last locks. */
const SLASHED_LOCKS = 32n;

/** @typedef {Record<string, bigint>} Words */

export class Network {
  /** @param {Words} words */
  constructor({ users = 0n, poolSize = 0n, minSelfBond = 0n, unbondingPeriod = 0n, ...minting }) {
    this.accounts = Array.from({ length: Number(users) }, () => new Account());
    this.pools = this.accounts.map((account) => new Pool(account));
    this.size = Number(poolSize);
    this.minSelfBond = whole(minSelfBond);
    this.unbondingPeriod = unbondingPeriod;
    ({ inflation: this.inflation = 0n, inflationChange: this.inflationChange = 0n } = minting);
    ({ target: this.target = 0n, supply: this.supply = 0n } = minting);
    this.now = 0n;
    this.mintable = 0n;
    this.currentTotal = 0n;
    this.treasury = 0n;
    this.cut = this.nextCut = 0n;
    /** @type {Set<Pool>} */ this.elected = new Set();
    /** @type {Set<Pool>} */ this.candidates = new Set();
    /** @type {Set<Pool>} */ this.active = new Set();
    /** The widest that a stake or a fee was below the exact one, in wei. */
    this.widest = { stake: 0n, fees: 0n };
  }

  /** @param {Words} words */
  round({ round = 0n, mintable = 0n }) {
    this.now = round;
    for (const pool of this.pools) pool.beginRound();
    this.active = new Set(this.elected);
    this.currentTotal = this.nextTotal();
    this.cut = this.nextCut;
    const rate = (this.currentTotal * BILLION) / this.supply;
    if (rate < this.target) this.inflation += this.inflationChange;
    if (rate > this.target) this.inflation -= this.inflation < this.inflationChange ? this.inflation : this.inflationChange;
    this.mintable = (this.supply * this.inflation) / BILLION;
    assert.equal(mintable, this.mintable, "what may be minted");
  }

  /** @param {Words} words */
  bond({ owner = 0n, to = 0n, amount = 0n, left = 0n }) {
    const account = this.user(owner);
    const [from, pool] = [account.pool, this.pool(to)];
    if (from) account.claim();
    if (from && from !== pool) {
      // All that the contract knew of goes along: a whole number.
      this.takeAll(account, left - amount);
      this.rank(from);
      pool.enter(account, left);
    } else {
      pool.enter(account, amount);
      this.near(account.claimed, left, account.stakeSlack, "what is bonded after adding to it");
    }
    this.rank(pool);
  }

  /** @param {Words} words */
  unbond({ owner = 0n, amount = 0n, left = 0n }) {
    const account = this.user(owner);
    const pool = account.pool;
    assert.ok(pool, "only stake can be unbonded");
    const lock = { amount, free: this.now + this.unbondingPeriod, slashable: pool.owner === account };
    account.locks.set(account.nextLock++, lock);
    account.claim();
    this.takeOut(account, amount, left);
    this.rank(pool);
  }

  /** @param {Words} words */
  rebond({ owner = 0n, to = 0n, id = 0n }) {
    const account = this.user(owner);
    const pool = this.pool(to);
    if (account.pool) account.claim();
    assert.ok(!account.pool || account.pool === pool, "to where it is");
    const lock = account.locks.get(id);
    assert.ok(lock, "a lock that is there");
    assert.ok(!lock.slashable || lock.free <= this.now || pool.owner === account, "a slashable lock goes home");
    account.locks.delete(id);
    pool.enter(account, lock.amount);
    this.rank(pool);
  }

  /** @param {Words} words */
  transfer({ giver = 0n, taker = 0n, amount = 0n, left = 0n }) {
    const account = this.user(giver);
    const from = account.pool;
    assert.ok(from && from.owner !== account, "orchestrators transfer nothing");
    account.claim();
    this.takeOut(account, amount, left);
    this.rank(from);
    const other = this.user(taker);
    const pool = other.pool ?? from;
    if (other.pool) other.claim();
    pool.enter(other, amount);
    this.rank(pool);
  }

  /** @param {Words} words */
  reward({ worker = 0n, minted = 0n }) {
    const pool = this.pool(worker);
    assert.ok(this.active.has(pool), "only who is active mints");
    assert.ok(!pool.rewarded, "once a round");
    assert.equal(minted, (this.mintable * floor(pool.earning())) / this.currentTotal, "what is minted");
    this.supply += minted;
    const part = (minted * this.cut) / CUT_UNIT;
    this.treasury += part;
    pool.reward(minted - part);
    this.rank(pool);
  }

  /** @param {Words} words */
  fees({ worker = 0n, amount = 0n }) {
    this.pool(worker).pay(amount);
  }

  /** @param {Words} words */
  rates({ worker = 0n, rewardCut = 0n, feeShare = 0n }) {
    const pool = this.pool(worker);
    assert.ok(pool.isRegistered(), "only orchestrators have rates");
    pool.nextRates = { rewardCut, feeShare };
    this.rank(pool);
  }

  /** @param {Words} words */
  slash({ worker = 0n, share = 0n, finderFee = 0n, paid = 0n, burned = 0n, left = 0n }) {
    const account = this.user(worker);
    const pool = this.pool(worker);
    let penalty = 0n;
    for (const [id, lock] of account.locks) {
      if (!lock.slashable || lock.free <= this.now || id < account.nextLock - SLASHED_LOCKS) continue;
      const taken = (lock.amount * share) / MILLION;
      lock.amount -= taken;
      penalty += taken;
    }
    if (pool.isRegistered()) {
      account.claim();
      const bonded = paid + burned - penalty;
      const wanted = (account.stake() * share) / MILLION;
      this.near(wanted, bonded, account.stakeSlack + whole(2n), "what a slash takes of the bond");
      const late = whole(floor((account.late * share) / MILLION));
      pool.take(account, bonded, late < whole(bonded) ? late : whole(bonded));
      if (left === 0n) this.leave(account);
      this.rank(pool);
      penalty += bonded;
    }
    assert.equal(paid + burned, penalty, "the penalty");
    assert.equal(paid, (penalty * finderFee) / MILLION, "the finder's part");
    this.supply -= burned;
  }

  /** @param {Words} words */
  withdrawStake({ owner = 0n, id = 0n, amount = 0n }) {
    const account = this.user(owner);
    const lock = account.locks.get(id);
    assert.ok(lock && lock.free <= this.now, "what is free");
    assert.equal(amount, lock.amount, "what was unbonded is paid");
    account.locks.delete(id);
  }

  /** @param {Words} words */
  claim({ owner = 0n }) {
    const account = this.user(owner);
    if (account.pool) account.claim();
  }

  /** @param {Words} words */
  withdrawFees({ owner = 0n, amount = 0n }) {
    const account = this.user(owner);
    if (account.pool) account.claim();
    account.fees -= whole(amount);
  }

  /** @param {Words} words */
  treasuryCut({ cut = 0n }) {
    this.nextCut = cut;
  }

  /** @param {Words} words */
  poolSize({ size = 0n }) {
    this.size = Number(size);
    while (this.elected.size > this.size) this.move(this.elected, this.candidates, this.worst());
    this.fill();
  }

  /** @param {Words} words */
  totals({ supply, treasury, currentTotal, nextTotal }) {
    assert.equal(supply, this.supply, "supply");
    assert.equal(treasury, this.treasury, "the treasury's balance");
    assert.equal(currentTotal, this.currentTotal, "this round's active stake");
    assert.equal(nextTotal, this.nextTotal(), "the next round's");
    for (const pool of this.pools) {
      let sum = pool.nobody.stake();
      for (const account of pool.members) sum += account.stake();
      const difference = sum - whole(pool.total);
      assert.ok(difference < NOTHING && -difference < NOTHING, "the parts are the whole");
    }
  }

  /** @param {Words} seen */
  account({ user = 0n, delegate = 0n, stake = 0n, fees = 0n, pool: total, votes = 0n, active, past = 0n, pastVotes = 0n }) {
    const account = this.user(user);
    const own = this.pool(user);
    const index = account.pool ? this.pools.indexOf(account.pool) : this.pools.length;
    assert.equal(Number(delegate), index, `whom ${user} delegates to`);
    assert.equal(total, own.total, `the stake with ${user}`);
    assert.equal(active === 1n, this.active.has(own), `whether ${user} is active`);
    // A view rounds once more.
    this.widen("stake", this.near(account.stake(), stake, account.stakeSlack + whole(2n), `the stake of ${user}`));
    const most = account.fees + account.feeExcess;
    const slack = account.feeExcess + account.feeSlack + whole(2n);
    this.widen("fees", this.near(most, fees, slack, `the fees of ${user}`));
    const power = own.isRegistered()
      ? { exact: whole(own.total), slack: 0n }
      : account.pool?.isRegistered()
        ? { exact: account.stake(), slack: account.stakeSlack + whole(4n) }
        : { exact: 0n, slack: 0n };
    this.near(power.exact, votes, power.slack, `the votes of ${user}`);
    account.votes.push({ round: this.now, ...power });
    const then = account.votes.findLast(({ round }) => round <= past) ?? { exact: 0n, slack: 0n };
    this.near(then.exact, pastVotes, then.slack, `what the votes of ${user} were in round ${past}`);
  }

  /** What the contract says is at most what is exact, and less by at most the slack. */
  near(/** @type {bigint} */ exact, /** @type {bigint} */ seen, /** @type {bigint} */ slack, /** @type {string} */ what) {
    const [most, least] = [floor(exact), floor(exact) - ceiling(slack)];
    assert.ok(seen <= most, `${what} in round ${this.now}: ${seen} is ${seen - most} more than the exact one`);
    assert.ok(seen >= least, `${what} in round ${this.now}: ${seen} is ${most - seen} less than the exact one, and more than ${most - least}`);
    return most - seen;
  }

  /** @param {"stake" | "fees"} what @param {bigint} difference */
  widen(what, difference) {
    if (difference > this.widest[what]) this.widest[what] = difference;
  }

  /** @param {Account} account @param {bigint} amount @param {bigint} left what the contract knows of afterwards */
  takeOut(account, amount, left) {
    if (left === 0n) return this.takeAll(account, amount);
    account.pool?.take(account, amount);
    this.near(account.claimed, left, account.stakeSlack, "what stays bonded");
  }

  /** @param {Account} account @param {bigint} amount */
  takeAll(account, amount) {
    account.pool?.take(account, amount);
    this.leave(account);
  }

  /** @param {Account} account */
  leave(account) {
    const { rest, slack } = account.pool?.leave(account) ?? { rest: 0n, slack: 0n };
    this.near(rest, 0n, slack, "what is left behind by who leaves");
  }

  /** Puts a pool in its place after its stake changed. @param {Pool} pool */
  rank(pool) {
    const own = pool.isRegistered() ? pool.owner.claimed : 0n;
    if (own < this.minSelfBond || key(pool) === 0n) {
      this.elected.delete(pool);
      this.candidates.delete(pool);
      if (own === 0n || key(pool) === 0n) this.active.delete(pool);
    } else if (!this.elected.has(pool)) {
      this.candidates.add(pool);
    }
    this.fill();
    const [best, worst] = [this.best(), this.worst()];
    if (!best || !worst || key(best) <= key(worst)) return;
    this.move(this.elected, this.candidates, worst);
    this.move(this.candidates, this.elected, best);
  }

  fill() {
    while (this.elected.size < this.size && this.candidates.size > 0) {
      this.move(this.candidates, this.elected, this.best());
    }
  }

  /** @param {Set<Pool>} from @param {Set<Pool>} to @param {Pool | undefined} pool */
  move(from, to, pool) {
    if (!pool) return;
    from.delete(pool);
    to.add(pool);
  }

  best() {
    return [...this.candidates].reduce(greater, undefined);
  }

  worst() {
    return [...this.elected].reduce((least, pool) => (least && key(least) <= key(pool) ? least : pool), /** @type {Pool | undefined} */ (undefined));
  }

  nextTotal() {
    return [...this.elected].reduce((sum, pool) => sum + pool.total, 0n);
  }

  /** @param {bigint} index */
  user(index) {
    const account = this.accounts[Number(index)];
    assert.ok(account, `user ${index}`);
    return account;
  }

  /** @param {bigint} index */
  pool(index) {
    const pool = this.pools[Number(index)];
    assert.ok(pool, `user ${index}`);
    return pool;
  }
}

/** @param {Pool | undefined} greatest @param {Pool} pool */
function greater(greatest, pool) {
  return greatest && key(greatest) >= key(pool) ? greatest : pool;
}

/** @param {Pool} pool */
function key(pool) {
  return pool.total / GRAIN;
}
