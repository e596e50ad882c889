import { InputError } from '../../kernel/errors';
import type { Property, ValuesOf } from '../../kernel/parameters';
import { property } from '../../kernel/parameters';
import { shown, utcTime, wholeNumberId } from '../../kernel/values';
import type { InstanceFilters } from '../api/types';

/** `[days ][hours:minutes:]seconds[.fraction]`, with `days,` too; and ISO 8601 of days, hours, minutes, seconds. */
const CLOCK_DURATION = /^(?:\d+ (?:days?, )?)?(?:(?:\d+:)?\d+:)?\d+(?:[.,]\d{1,12})?$/;
const ISO_DURATION = /^P(?=.)(?:\d+(?:[.,]\d+)?D)?(?:T(?=.)(?:\d+(?:[.,]\d+)?H)?(?:\d+(?:[.,]\d+)?M)?(?:\d+(?:[.,]\d+)?S)?)?$/;

/** A duration in one of the documented forms, as it stands. Throws `InputError`. */
export function duration(value: string, where: string): string {
	const text = value.trim();
	if (!CLOCK_DURATION.test(text) && !ISO_DURATION.test(text)) {
		throw new InputError(
			`${where} is not a duration: ${shown(value)}`,
			'Use ISO 8601 such as PT90M (90 minutes), PT2H30M or P1DT2H, or a clock such as 02:30:00. A clock with two parts is minutes and seconds: 01:30 means a minute and a half. Weeks, months and 2h are not understood.',
		);
	}
	return text;
}

const DURATION_TEXT =
	'ISO 8601 such as PT90M, or a clock such as 02:30:00. Beware: 01:30 means a minute and a half, not 90 minutes.';

const time = (displayName: string, name: string, description: string) =>
	({ displayName, name, type: 'dateTime', default: '', description }) as const;

/** The filters of the instance lists, alphabetical. */
export const filters = property({
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add Filter',
	default: {},
	description: 'Only instances that meet all of these. Times without an offset are read in the time zone of the workflow.',
	options: [
		time('Aborted After', 'abortedAfter', 'Stopped at this time or later'),
		time('Aborted Before', 'abortedBefore', 'Stopped at this time or earlier'),
		{
			displayName: 'Active Step ID',
			name: 'activeStepId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 141487',
			description: 'Instances in which this step is active now',
		},
		time('Completed After', 'completedAfter', 'Completed at this time or later'),
		time('Completed Before', 'completedBefore', 'Completed at this time or earlier'),
		time('Deadline After', 'deadlineAfter', 'Due at this time or later'),
		time('Deadline Before', 'deadlineBefore', 'Due at this time or earlier'),
		time('Ended After', 'endedAfter', 'Completed or stopped at this time or later'),
		time('Ended Before', 'endedBefore', 'Completed or stopped at this time or earlier'),
		time('Last Updated After', 'lastUpdatedAfter', 'Changed at this time or later'),
		time('Last Updated Before', 'lastUpdatedBefore', 'Not changed after this time'),
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: 'e.g. Jane',
			description: 'A part of the name',
		},
		{
			displayName: 'Priority',
			name: 'priority',
			type: 'options',
			options: [
				{ name: 'Any', value: '' },
				{ name: 'High', value: 'H' },
				{ name: 'Very High', value: 'V' },
			],
			default: '',
			description: 'The API cannot filter for the regular priority',
		},
		{
			displayName: 'Progress Max',
			name: 'progressMax',
			type: 'number',
			default: 100,
			description: 'At most this progress. The API does not say whether it counts to 1 or to 100.',
		},
		{
			displayName: 'Progress Min',
			name: 'progressMin',
			type: 'number',
			default: 0,
			description: 'At least this progress. The API does not say whether it counts to 1 or to 100.',
		},
		time('Started After', 'startedAfter', 'Started at this time or later'),
		time('Started Before', 'startedBefore', 'Started at this time or earlier'),
		{
			displayName: 'Status',
			name: 'status',
			type: 'options',
			options: [
				{ name: 'Any', value: '' },
				{ name: 'Completed', value: 'completed' },
				{ name: 'Running', value: 'running' },
				{ name: 'Stopped', value: 'aborted' },
			],
			default: '',
			description: 'The state of the instance',
		},
		time('Step Deadline After', 'stepDeadlineAfter', 'With a step due at this time or later'),
		time('Step Deadline Before', 'stepDeadlineBefore', 'With a step due at this time or earlier'),
		{
			displayName: 'Tags',
			name: 'tags',
			type: 'string',
			typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Tag' },
			default: [],
			placeholder: 'e.g. hr',
			description: 'Instances that carry at least one of these tags. An expression may give a list.',
		},
		{
			displayName: 'Total Runtime Max',
			name: 'totalRuntimeMax',
			type: 'string',
			default: '',
			placeholder: 'e.g. PT90M',
			description: DURATION_TEXT,
		},
		{
			displayName: 'Total Runtime Min',
			name: 'totalRuntimeMin',
			type: 'string',
			default: '',
			placeholder: 'e.g. PT90M',
			description: DURATION_TEXT,
		},
	],
});

/** The filters that make sense for events. */
export const eventFilters = (filters.options as readonly Property[]).filter(({ name }) =>
	['name', 'priority', 'tags'].includes(name),
);

export type FilterValues = ValuesOf<readonly [typeof filters]>['filters'];

/** Wire name of each filter, and the check that its value needs. */
type Check = 'text' | 'time' | 'id' | 'tags' | 'duration';
const wire: Readonly<Record<keyof FilterValues, readonly [string, Check]>> = {
	abortedAfter: ['aborted_time_after', 'time'],
	abortedBefore: ['aborted_time_before', 'time'],
	activeStepId: ['active_step_id', 'id'],
	completedAfter: ['completed_time_after', 'time'],
	completedBefore: ['completed_time_before', 'time'],
	deadlineAfter: ['deadline_after', 'time'],
	deadlineBefore: ['deadline_before', 'time'],
	endedAfter: ['ended_time_after', 'time'],
	endedBefore: ['ended_time_before', 'time'],
	lastUpdatedAfter: ['last_updated_time_after', 'time'],
	lastUpdatedBefore: ['last_updated_time_before', 'time'],
	name: ['name', 'text'],
	priority: ['priority', 'text'],
	progressMax: ['progress_max', 'text'],
	progressMin: ['progress_min', 'text'],
	startedAfter: ['started_time_after', 'time'],
	startedBefore: ['started_time_before', 'time'],
	status: ['status', 'text'],
	stepDeadlineAfter: ['step_deadline_after', 'time'],
	stepDeadlineBefore: ['step_deadline_before', 'time'],
	tags: ['tags', 'tags'],
	totalRuntimeMax: ['total_runtime_max', 'duration'],
	totalRuntimeMin: ['total_runtime_min', 'duration'],
};

/** The name in the editor for each filter's wire name, for messages of the service. */
export const filterLabels: Record<string, string> = Object.fromEntries(
	(filters.options as readonly Property[]).map(({ name, displayName }) => [
		wire[name as keyof FilterValues][0],
		displayName,
	]),
);

/** Tags for the API's comma-separated list. Throws `InputError` for one that has a comma itself. */
export function tagList(tags: string[], where: string): string {
	const broken = tags.find((tag) => tag.includes(','));
	if (broken !== undefined) {
		throw new InputError(`${where} has a comma: ${shown(broken)}`, 'Next Matter separates tags by commas. Enter each tag on its own.');
	}
	return tags.join(',');
}

/** The filters in wire form. Empty ones are left out. Throws `InputError`. */
export function toInstanceFilters(given: FilterValues, timezone: string): InstanceFilters {
	const query: InstanceFilters = {};
	for (const { name, displayName } of filters.options as readonly Property[]) {
		const value = given[name as keyof FilterValues];
		if (value === undefined || value === '' || value === null) continue;
		const [wireName, check] = wire[name as keyof FilterValues];
		const where = `'${displayName}'`;
		if (check === 'time') query[wireName] = utcTime(value, timezone, where);
		else if (check === 'id') query[wireName] = wholeNumberId(value, where);
		else if (check === 'duration') query[wireName] = duration(String(value), where);
		else if (check === 'tags') query[wireName] = tagList(value as string[], where);
		else query[wireName] = value as string | number;
	}
	return query;
}
