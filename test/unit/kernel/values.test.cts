/** Dates, IDs, addresses and durations: what a user gives, and what may reach a path or a body. */
import fc, { webUrls } from '../property.mts';
import { DateTime } from 'luxon';
import { InputError } from '../../../nodes/kernel/errors.ts';
import { emailAddress, jsonValue, shown, utcTime, webAddress, wholeNumberId } from '../../../nodes/kernel/values.ts';
import { duration } from '../../../nodes/NextMatter/operations/filters.ts';

const WIRE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/;
const at = (value: unknown, zone = 'UTC') => utcTime(value, zone, "'Date'");
const id = (value: unknown) => wholeNumberId(value, "'Instance'");
/** Half-hour and quarter-hour offsets, DST in both hemispheres and one of half an hour, a skipped day. */
const ZONES = [
	'UTC',
	'Europe/Berlin',
	'America/New_York',
	'America/St_Johns',
	'Asia/Kolkata',
	'Asia/Kathmandu',
	'Australia/Lord_Howe',
	'Pacific/Apia',
	'Pacific/Auckland',
	'Africa/Monrovia',
];

/** Gives the value, or an `InputError`; anything else fails the test. */
function orInputError<T>(work: () => T): T | InputError {
	try {
		return work();
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		return error;
	}
}

describe('utcTime', () => {
	it.each<[unknown, string, string]>([
		// n8n's date picker: local time without offset; older versions: UTC with milliseconds.
		['2026-12-01T09:30:00', 'Europe/Berlin', '2026-12-01T08:30:00Z'],
		['2026-12-01T09:30:00.000Z', 'Europe/Berlin', '2026-12-01T09:30:00Z'],
		['2026-12-01 09:30:00', 'Europe/Berlin', '2026-12-01T08:30:00Z'],
		['2026-12-01T09:30', 'America/New_York', '2026-12-01T14:30:00Z'],
		['2026-12-01', 'Europe/Berlin', '2026-11-30T23:00:00Z'],
		['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00Z'],
		[' 2026-12-01T09:30:00Z ', 'UTC', '2026-12-01T09:30:00Z'],
		['2026-12-01t09:30:00z', 'UTC', '2026-12-01T09:30:00Z'],
		['2026-12-01T09:30:00+01:00', 'Asia/Kolkata', '2026-12-01T08:30:00Z'],
		['2026-12-01T09:30:00-0330', 'UTC', '2026-12-01T13:00:00Z'],
		['2026-12-01T09:30:00 +05', 'UTC', '2026-12-01T04:30:00Z'],
		['2026-12-01T09:30:00.5Z', 'UTC', '2026-12-01T09:30:00.500Z'],
		['2026-12-01T09:30:00,123456789Z', 'UTC', '2026-12-01T09:30:00.123Z'],
		['2026-12-01T09:30:00+01:00[Europe/Berlin]', 'UTC', '2026-12-01T08:30:00Z'],
		[1_764_578_400_000, 'Europe/Berlin', '2025-12-01T08:40:00Z'],
		['1764578400000', 'Europe/Berlin', '2025-12-01T08:40:00Z'],
		[new Date('2026-12-01T09:30:00Z'), 'Europe/Berlin', '2026-12-01T09:30:00Z'],
		[DateTime.fromISO('2026-12-01T09:30:00', { zone: 'Asia/Tokyo' }), 'UTC', '2026-12-01T00:30:00Z'],
		['2028-02-29', 'UTC', '2028-02-29T00:00:00Z'],
		// The gap of 2026-03-29, and the hour that comes twice on 2026-10-25.
		['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
		['2026-03-29T01:59:59', 'Europe/Berlin', '2026-03-29T00:59:59Z'],
		['2026-03-29T03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
		['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
		['2026-10-25T03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00Z'],
		// Liberia was 44 minutes and 30 seconds behind.
		['1960-01-01T00:00:00', 'Africa/Monrovia', '1960-01-01T00:44:30Z'],
	])('reads %p in %s', (value, zone, expected) => {
		expect(at(value, zone)).toBe(expected);
	});

	it.each<[unknown]>([
		[''], [' '], [null], [undefined], ['tomorrow'], ['12/01/2026'], ['01.12.2026'], ['2026-02-30'], ['2026-02-29'],
		['2026-13-01'], ['2026-00-10'], ['2026-1-1'], ['26-01-01'], ['2026-12-01T24:00:00'], ['2026-12-01T23:60'],
		['2026-12-01T23:00:60'], ['2026-12-01T9:00'], ['2026-12-01T09'], ['2026-12-01T09:00:00+25:00'],
		['2026-12-01T09:00:00+01:75'], ['2026-12-01+01:00'], ['2026-12-01-05'], ['2026-12-01T09:00[Europe/Berlin]'],
		['2026-W49-2'], ['20261201'], ['202612010900'], ['20261201090000'], [1_764_578_400], [46_000], [0], [true],
		[{}], [[]], [['2026-12-01']], [{ toString: 0 }], [{ toISO: 1 }], [{ date: '2026-12-01' }], [new Date(Number.NaN)], [DateTime.invalid('test')], ['Invalid DateTime'],
		['٢٠٢٦-١٢-٠١'], ['9999-12-31T23:59:59-01:00'], [new Date(8.64e15)], ['2026-12-01T09:00:00Z; drop'],
	])('refuses %p', (value) => {
		expect(() => at(value, 'Europe/Berlin')).toThrow(InputError);
		expect(orInputError(() => at(value))).toMatchObject({ message: expect.stringMatching(/^'Date' is not a date: /), description: expect.stringContaining('ISO 8601') });
	});

	it('agrees with Luxon on local times, in and out of DST', () => {
		const minute = fc.integer({ min: Date.UTC(1990, 0) / 60_000, max: Date.UTC(2037, 11) / 60_000 });
		fc.assert(
			fc.property(minute, fc.constantFrom(...ZONES), (time, zone) => {
				const text = new Date(time * 60_000).toISOString().slice(0, 19);
				const expected = DateTime.fromISO(text, { zone });
				// An hour that clocks show twice has two answers; the table says which one is taken.
				fc.pre(expected.getPossibleOffsets().length === 1 && expected.toFormat("yyyy-MM-dd'T'HH:mm:ss") === text);
				expect(at(text, zone)).toBe(expected.toUTC().toISO({ suppressMilliseconds: true }));
			}),
			{ numRuns: 600 },
		);
	});

	it('moves a time that clocks skip behind the gap', () => {
		const gaps = [
			['Europe/Berlin', '2026-03-29T02:00:00', 60],
			['America/New_York', '2026-03-08T02:00:00', 60],
			['Australia/Lord_Howe', '2026-10-04T02:00:00', 30],
		] as const;
		fc.assert(
			fc.property(fc.constantFrom(...gaps), fc.nat(59), ([zone, start, length], into) => {
				fc.pre(into < length);
				const text = new Date(Date.parse(`${start}Z`) + into * 60_000).toISOString().slice(0, 19);
				const after = DateTime.fromISO(start, { zone: 'UTC' }).plus({ minutes: length + into }).toFormat("yyyy-MM-dd'T'HH:mm:ss");
				expect(at(text, zone)).toBe(at(after, zone));
			}),
		);
	});

	it('gives back any instant, however it is written', () => {
		const instants = fc.date({ min: new Date('2001-09-10T00:00:00Z'), max: new Date('2280-01-01T00:00:00Z'), noInvalidDate: true });
		fc.assert(
			fc.property(instants, fc.constantFrom(...ZONES), fc.constantFrom(...ZONES), (date, own, workflow) => {
				const expected = date.toISOString().replace('.000Z', 'Z');
				const luxon = DateTime.fromJSDate(date, { zone: own });
				const forms = [date, date.toISOString(), date.getTime(), String(date.getTime()), luxon, luxon.toISO(), luxon.toISO({ extendedZone: true })];
				for (const form of forms) expect(at(form, workflow)).toBe(expected);
				const basicOffset = luxon.toFormat("yyyy-MM-dd'T'HH:mm:ss.SSSZZZ");
				expect(at(basicOffset, workflow)).toBe(expected);
			}),
		);
	});

	it('gives the wire form or an InputError, whatever comes in', () => {
		const texts = fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/));
		fc.assert(
			fc.property(fc.oneof(texts, fc.double(), fc.date(), fc.jsonValue()), fc.constantFrom(...ZONES), (value, zone) => {
				const result = orInputError(() => at(value, zone));
				if (!(result instanceof InputError)) expect(result).toMatch(WIRE);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe('wholeNumberId', () => {
	it.each<[unknown, number]>([
		[4210, 4210],
		['4210', 4210],
		[' 4210\n', 4210],
		['0042', 42],
		[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
		['https://app.nextmatter.com/workflows/4210', 4210],
		['https://app.nextmatter.com/workflows/4210/', 4210],
		['HTTPS://app.nextmatter.com/instances/9/steps/141487/edit', 141_487],
		['https://app.nextmatter.com/instances/9?step=7#/8', 9],
		['http://localhost:4010/api/instances/88001/?x=../..', 88_001],
	])('reads %p as %p', (value, expected) => {
		expect(id(value)).toBe(expected);
	});

	it.each<[unknown]>([
		[0], [-1], [1.5], [1e21], [Number.NaN], [Number.POSITIVE_INFINITY], ['0'], ['-1'], ['+1'], ['1.0'], ['1e3'], ['0x1f'], ['1_000'],
		['1,000'], ['1 2'], ['1/../2'], ['../1'], ['1/'], ['/1'], ['1?x=1'], ['1#2'], ['%31'], ['1%2f..%2f2'], ['1;2'], ['1\\2'], ['1\u00002'],
		['١٢'], ['１２'], ['²'], ['9007199254740993'], ['99999999999999999999999'], ['abc'], [''], [' '], [null], [undefined], [true], [{}], [[]], [[5]], [{ toString: 0 }],
		['https://app.nextmatter.com/'], ['https://12345'], ['https://12345/'], ['https://a.b/x?id=7'], ['https://a.b/#/7'],
		['https://a.b/1/../2'], ['https://a.b/1/%2e%2e/2'], ['https://a.b/1/.%2E/2'], ['https://a.b/./2'], ['ftp://a.b/7'], ['//a.b/7'], ['https://a.b/0'], ['https://a.b/١٢'],
	])('refuses %p', (value) => {
		const error = orInputError(() => id(value));
		expect(error).toBeInstanceOf(InputError);
		expect((error as InputError).message).toMatch(/^'Instance' is (empty|not a whole number: )/);
	});

	it('lets nothing but a positive whole number out', () => {
		const nasty = fc.constantFrom('/', '..', '.', '%2e', '%2F', '\\', '?', '#', '@', '0', '7', '42', 'https://a.b', ':', ';', ' ', '\n', '\0', '٣', '-', '+', 'e', '_');
		const texts = fc.array(nasty, { maxLength: 8 }).map((parts) => parts.join(''));
		fc.assert(
			fc.property(fc.oneof(texts, webUrls, fc.double(), fc.bigInt().map(String), fc.jsonValue()), (value) => {
				const result = orInputError(() => id(value));
				if (result instanceof InputError) return;
				expect(Number.isSafeInteger(result) && result > 0).toBe(true);
				expect(String(result)).toMatch(/^[1-9]\d*$/);
			}),
			{ numRuns: 500 },
		);
	});

	it('gives back every ID, alone and at the end of a URL', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.constantFrom('', '/', '?a=1', '#x', '/edit'), (number, tail) => {
				expect(id(number)).toBe(number);
				expect(id(String(number))).toBe(number);
				expect(id(`https://app.nextmatter.com/workflow/${number}${tail}`)).toBe(number);
			}),
		);
	});
});

describe('emailAddress', () => {
	it.each(['jane.doe@example.com', ' jane@example.com ', "o'neil+tag@sub.example.co.uk", 'jürgen@exämple.de'])('takes %p', (text) => {
		expect(emailAddress(text, 'x')).toBe(text.trim());
	});

	it.each(['', 'jane', 'jane@', '@example.com', 'jane@example', 'jane@@example.com', 'jane@.com', 'jane@example.', 'a b@example.com', 'a@example.com,b@example.com', 'Jane <jane@example.com>', 'a@b..com'])('refuses %p', (text) => {
		expect(() => emailAddress(text, "'Email'")).toThrow(InputError);
	});

	it('takes every ordinary address', () => {
		fc.assert(fc.property(fc.emailAddress(), (address) => expect(emailAddress(address, 'x')).toBe(address)));
	});
});

describe('webAddress', () => {
	it.each(['https://example.com', 'http://localhost:3000/a?b=c#d', ' https://example.com/contract%20a.pdf ', 'HTTPS://EXAMPLE.COM'])('takes %p', (text) => {
		expect(webAddress(text, 'x')).toBe(text.trim());
	});

	it.each(['', 'example.com', 'www.example.com', 'ftp://example.com', 'javascript:alert(1)', 'https://', 'https:///', 'https://a b.com', 'https://a.com/x\ny', 'https://[', 'data:text/plain,x', '//example.com'])('refuses %p', (text) => {
		expect(() => webAddress(text, "'URL'")).toThrow(InputError);
	});

	it('takes every web URL', () => {
		const urls = fc.tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.string()).map(([scheme, host, rest]) => `${scheme}://${host}/${encodeURIComponent(rest)}`);
		fc.assert(fc.property(urls, (url) => expect(webAddress(url, 'x')).toBe(url)));
	});
});

describe('jsonValue', () => {
	it('gives back any JSON value, from text or as it is', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(jsonValue(JSON.stringify(value), 'x')).toEqual(JSON.parse(JSON.stringify(value)));
				if (typeof value !== 'string') expect(jsonValue(value, 'x')).toBe(value);
			}),
		);
	});

	it('takes a blank text for nothing, and says what is wrong with a broken one', () => {
		expect(jsonValue(' ', 'x')).toBeUndefined();
		for (const broken of ['{', "{'a': 1}", '[1,]', 'undefined', '{"a": NaN}']) {
			expect(() => jsonValue(broken, "'JSON'")).toThrow(new InputError("'JSON' is not valid JSON"));
		}
	});
});

it('shows a value on one line', () => {
	fc.assert(fc.property(fc.jsonValue(), (value) => {
		const text = shown(value);
		expect(text.length).toBeLessThanOrEqual(81);
		expect(text).not.toContain('\n');
	}));
	expect(shown(undefined)).toBe('undefined');
});

/** Django's `parse_duration` (utils/dateparse.py), as far as the reference offers it: no signs. In milliseconds. */
function django(text: string): number | undefined {
	const standard = /^(?:(\d+) (?:days?, )?)?(?:(?:(\d+):)??(?:(\d+):)?)(\d+)(?:[.,](\d{1,6})\d{0,6})?$/.exec(text);
	const iso = /^P(?:(\d+(?:[.,]\d+)?)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/.exec(text);
	const parts = (standard ?? iso)?.slice(1, 5).map((part) => Number((part ?? '0').replace(',', '.')));
	if (!parts) return undefined;
	const [days, hours, minutes, seconds] = parts;
	const fraction = standard?.[5] === undefined ? 0 : Number(`0.${standard[5]}`) * 1000;
	return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + fraction;
}

describe('duration', () => {
	/** The official examples with the meaning that the reference gives them. */
	it.each([
		['00:50', 50],
		['01 09:30', 24 * 3600 + 9 * 60 + 30],
		['02:30:00', 2.5 * 3600],
		['PT50M', 50 * 60],
		['PT1H30S', 3630],
	])('sends the documented %p as it stands', (text, seconds) => {
		expect(duration(text, 'x')).toBe(text);
		expect(django(text)).toBe(seconds * 1000);
	});

	it.each(['50', '1 day, 02:00:00', '3 days, 00:00', '1 02:03:04.5', 'P1DT2H', 'PT0.5H', ' PT90M '])('takes %p', (text) => {
		expect(duration(text, 'x')).toBe(text.trim());
	});

	it.each(['', '2h', '90m', 'P1W', 'P1M', 'P1Y', 'P', 'PT', 'P1DT', '1:2:3:4', '-PT1H', '-1:00', '01:30:', 'pt90m', 'PT1H 30M', '1 day 2 hours', '90 minutes'])('refuses %p', (text) => {
		expect(() => duration(text, "'Total Runtime Max'")).toThrow(InputError);
	});

	it('lets nothing through that Django would refuse', () => {
		const pieces = fc.constantFrom('0', '7', '42', ':', ' ', 'day', 'days', ', ', '.', ',', 'P', 'T', 'D', 'H', 'M', 'S', 'W', '-');
		fc.assert(
			fc.property(fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')), (text) => {
				const sent = orInputError(() => duration(text, 'x'));
				if (!(sent instanceof InputError)) expect(django(sent)).toBeDefined();
			}),
			{ numRuns: 1_000 },
		);
	});
});
