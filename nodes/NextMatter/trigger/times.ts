/**
 * Times of the service in whole microseconds since 1970: it stores microseconds, which a JavaScript
 * date would cut off. Undefined for a text that is no ISO time.
 */
export function toMicros(text: unknown): number | undefined {
	const match = /^(.*T\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?(Z|[+-]\d{2}:?\d{2})$/i.exec(String(text ?? ''));
	if (!match) return undefined;
	const milliseconds = Date.parse(match[1] + match[3]);
	const fraction = Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
	return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000 + fraction;
}

/** The same as ISO 8601 in UTC, with six digits after the point. */
export function fromMicros(micros: number): string {
	const seconds = Math.floor(micros / 1_000_000);
	const fraction = String(micros - seconds * 1_000_000).padStart(6, '0');
	return new Date(seconds * 1000).toISOString().replace('.000Z', `.${fraction}Z`);
}
