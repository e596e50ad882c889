import { InputError } from './errors';

/** `2026-11-22`, `2026-11-22T09:30`, `… 09:30:15.250`; a time also with `Z` or an offset such as `+01:00`. */
const ISO_TIME =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s*(Z|[+-]\d{2}(?::?\d{2})?)(?:\[[^\]]*\])?)?)?$/i;

/** A user's value in a message: quoted, and never longer than a line. */
export function shown(value: unknown): string {
	const text = JSON.stringify(value) ?? String(value);
	return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The text of a single value: also of a number, a JavaScript or a Luxon date. Undefined for lists and other objects. */
export function scalarText(value: unknown): string | undefined {
	if (value === undefined || value === null) return '';
	if (typeof value !== 'object') return String(value);
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
	return 'toISO' in value && typeof value.toISO === 'function' ? String(value) : undefined;
}

const DATE_HELP =
	'Use the date picker, an ISO 8601 text such as 2026-12-01T09:00:00Z, or an expression such as {{ $now.plus(3, "days") }}.';

/** Milliseconds by which clocks in `zone` are ahead of UTC at that instant (milliseconds since 1970). */
function offsetAt(instant: number, zone: string): number {
	const parts = new Intl.DateTimeFormat('en-US', {
		timeZone: zone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
	}).formatToParts(instant);
	const part = (type: string) => Number(parts.find((entry) => entry.type === type)?.value);
	const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
	return local - Math.floor(instant / 1000) * 1000;
}

/**
 * The instant at which clocks in `zone` show a local time. When they show it twice, the first one;
 * when they skip it, the time as far after the gap as it was meant to be into it.
 */
function localToInstant(local: number, zone: string): number {
	const day = 24 * 60 * 60_000;
	const before = offsetAt(local - day, zone);
	const after = offsetAt(local + day, zone);
	const first = local - before;
	const second = local - after;
	return offsetAt(first, zone) !== before && offsetAt(second, zone) === after ? second : first;
}

/**
 * Any date or time that a user can give, as UTC ISO 8601 (`2026-12-01T08:00:00Z`).
 * Takes ISO texts (without offset: local time in the workflow's time zone; without time: midnight
 * there), Luxon and JavaScript dates, and milliseconds since 1970. Throws `InputError`.
 */
export function utcTime(value: unknown, timezone: string, where: string): string {
	const instant = readInstant(value, timezone);
	const date = new Date(instant ?? Number.NaN);
	const year = date.getUTCFullYear();
	// ISO 8601 writes other years than these in a longer form, which the services do not read.
	if (!(year >= 0 && year <= 9999)) {
		throw new InputError(`${where} is not a date: ${shown(value)}`, DATE_HELP);
	}
	return date.toISOString().replace('.000Z', 'Z');
}

function readInstant(value: unknown, timezone: string): number | undefined {
	if (value instanceof Date) return value.getTime();
	const text = (scalarText(value) ?? '').trim();
	// Since 2001 these have 13 digits. Others are seconds, 20261201, 20261201090000 or a spreadsheet's day number.
	if (/^\d{13}$/.test(text)) return Number(text);
	const match = ISO_TIME.exec(text);
	if (!match) return undefined;
	const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = match;
	const numbers = [year, month, day, hour, minute, second].map(Number);
	const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
	const [y, mo, d, h, mi, s] = numbers;
	const local = Date.UTC(y, mo - 1, d, h, mi, s, milliseconds);
	const shown = new Date(local);
	const exists =
		shown.getUTCFullYear() === y &&
		shown.getUTCMonth() === mo - 1 &&
		shown.getUTCDate() === d &&
		h < 24 &&
		mi < 60 &&
		s < 60;
	if (!exists) return undefined;
	if (!offset) return localToInstant(local, timezone);
	if (offset.toUpperCase() === 'Z') return local;
	const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
	const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
	if (hours > 23 || minutes > 59) return undefined;
	return local - (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * A whole-number ID given as a number, as digits, or as a web address whose last number it is.
 * Throws `InputError` for anything else, so that no text from outside gets into a path.
 */
export function wholeNumberId(value: unknown, where: string): number {
	const text = scalarText(value)?.trim();
	if (text === '') {
		throw new InputError(
			`${where} is empty`,
			'Choose from the list, or enter an ID or a URL. If it is an expression, check that it has a value for this item.',
		);
	}
	const digits = text && /^https?:\/\//i.test(text) ? lastNumberOfUrl(text) : text;
	const id = Number(digits);
	if (digits === undefined || !/^\d+$/.test(digits) || id < 1 || !Number.isSafeInteger(id)) {
		throw new InputError(
			`${where} is not a whole number: ${shown(value)}`,
			'An ID has digits only, such as 4210. It stands at the end of the URL in the browser.',
		);
	}
	return id;
}

function lastNumberOfUrl(text: string): string | undefined {
	const [path] = text.split(/[?#]/, 1);
	const segments = path.split('/').slice(3);
	if (segments.some((segment) => /^(\.|%2e)+$/i.test(segment))) return undefined;
	return segments.reverse().find((segment) => /^\d+$/.test(segment));
}

/** An e-mail address: one @, and a domain with a dot. Throws `InputError`. */
export function emailAddress(value: string, where: string): string {
	const text = value.trim();
	if (!/^[^\s@,;<>]+@[^\s@,;<>.]+(\.[^\s@,;<>.]+)+$/.test(text)) {
		throw new InputError(`${where} is not an email address: ${shown(value)}`, 'For example: jane.doe@example.com');
	}
	return text;
}

/** A web address with http or https. Throws `InputError`. */
export function webAddress(value: string, where: string): string {
	const text = value.trim();
	let host = '';
	try {
		if (/^https?:\/\//i.test(text) && !/\s/.test(text)) host = new URL(text).hostname;
	} catch {
		host = '';
	}
	if (host === '') {
		throw new InputError(
			`${where} is not a URL: ${shown(value)}`,
			'It starts with https:// or http://, for example https://example.com/contract.pdf',
		);
	}
	return text;
}

/** A value given as JSON text or already as data. Throws `InputError`. */
export function jsonValue(value: unknown, where: string): unknown {
	if (typeof value !== 'string') return value;
	if (value.trim() === '') return undefined;
	try {
		return JSON.parse(value) as unknown;
	} catch (error) {
		const reason = (error as Error).message;
		return invalidJson(where, reason);
	}
}

function invalidJson(where: string, reason: string): never {
	throw new InputError(
		`${where} is not valid JSON`,
		`${reason}. Names and texts stand in double quotes; the last entry has no comma after it.`,
	);
}
