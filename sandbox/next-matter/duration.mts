/**
 * Durations as `total_runtime_min` and `total_runtime_max` take them.
 *
 * Documented as "`%d %H:%M:%S.%f` or ISO 8601" with five examples (seed 001; reference, section 7). The wording is
 * that of Django's `parse_duration`, whose three regular expressions are repeated here. Two-part clocks are minutes
 * and seconds.
 */

const STANDARD =
	/^(?:(?<days>-?\d+) (?:days?, )?)?(?<sign>-?)(?:(?<hours>\d+):(?=\d+:\d+))?(?:(?<minutes>\d+):)?(?<seconds>\d+)(?:[.,](?<fraction>\d{1,6})\d{0,6})?$/;

const ISO8601 =
	/^(?<sign>[-+]?)P(?:(?<days>\d+(?:[.,]\d+)?)D)?(?:T(?:(?<hours>\d+(?:[.,]\d+)?)H)?(?:(?<minutes>\d+(?:[.,]\d+)?)M)?(?:(?<seconds>\d+(?:[.,]\d+)?)S)?)?$/;

const POSTGRES =
	/^(?:(?<days>-?\d+) (?:days? ?))?(?:(?<sign>[-+])?(?<hours>\d+):(?<minutes>\d\d):(?<seconds>\d\d)(?:\.(?<fraction>\d{1,6}))?)?$/;

const SECOND = 1_000_000;

/** @returns microseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
	const iso = !STANDARD.test(text) && ISO8601.test(text);
	const match = STANDARD.exec(text) ?? ISO8601.exec(text) ?? POSTGRES.exec(text);
	if (!match?.groups) return undefined;

	const part = (name: string) => Number((match.groups![name] ?? '0').replace(',', '.'));
	const sign = match.groups.sign === '-' ? -1 : 1;
	const days = part('days') * 86_400 * SECOND * (iso ? sign : 1);
	const clock = (part('hours') * 3600 + part('minutes') * 60 + part('seconds')) * SECOND;
	const fraction = Number((match.groups.fraction ?? '').padEnd(6, '0'));
	return Math.round(days + sign * (clock + fraction));
}
