/**
 * Reading and writing points in time, and the clock they come from. Documented: ISO 8601, UTC (reference, section 7).
 */
import type { Micros } from './types.mts';

const DATE_TIME =
	/^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d{0,6})?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Reads a date-time the way Django does: an offset is optional (UTC then), a bare date is its first moment.
 *
 * @returns undefined when the text is no date-time.
 */
export function parseDateTime(text: string): Micros | undefined {
	const match = DATE_TIME.exec(text.trim());
	if (!match) return undefined;
	const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
	if (hour > 23 || minute > 59 || second > 59) return undefined;
	const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
	if (year < 1000 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
	return date.getTime() * 1000 + Number((match[7] ?? '').padEnd(6, '0')) - offsetMicros(match[8]);
}

function offsetMicros(zone: string | undefined): number {
	if (!zone || zone.toUpperCase() === 'Z') return 0;
	const hours = Number(zone.slice(1, 3));
	const minutes = Number(zone.slice(3).replace(':', '') || 0);
	return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000_000;
}

/** Writes a date-time as Django REST framework does: no fraction for a whole second, six digits otherwise. */
export function formatDateTime(at: Micros): string {
	const seconds = new Date(Math.floor(at / 1_000_000) * 1000).toISOString().slice(0, 19);
	const fraction = ((at % 1_000_000) + 1_000_000) % 1_000_000;
	return fraction === 0 ? `${seconds}Z` : `${seconds}.${String(fraction).padStart(6, '0')}Z`;
}

export const formatNullable = (at: Micros | null) => (at === null ? null : formatDateTime(at));

/** Takes what tests and control calls like to write: a Date, an ISO text, or null. */
export function toMicros(value: Date | string): Micros {
	const at = value instanceof Date ? value.getTime() * 1000 : parseDateTime(value);
	if (at === undefined || Number.isNaN(at)) throw new Error(`Not a date-time: ${String(value)}`);
	return at;
}

export type TimePrecision = 'microseconds' | 'milliseconds' | 'seconds';

const PRECISION: Record<TimePrecision, number> = { microseconds: 1, milliseconds: 1000, seconds: 1_000_000 };

export const roundDown = (at: Micros, precision: TimePrecision): Micros =>
	Math.floor(at / PRECISION[precision]) * PRECISION[precision];

/**
 * The server's clock. With the real clock the microseconds are filled in, so that a client which cuts times to
 * milliseconds shows; with a clock given by a test they stay 0.
 */
export function createClock(now: (() => Date) | undefined, skewMs: () => number) {
	let last = 0;
	const read = (): Micros => {
		if (now) return (now().getTime() + skewMs()) * 1000;
		const at = (Date.now() + skewMs()) * 1000 + (Math.floor(performance.now() * 1000) % 1000);
		// Two readings within one millisecond must not run backwards.
		last = at <= last && last - at < 1000 ? last + 1 : at;
		return last;
	};
	return { now: read, date: () => new Date(Math.floor(read() / 1000)) };
}

export type Clock = ReturnType<typeof createClock>;
