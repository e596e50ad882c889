import type { INodePropertyOptions } from 'n8n-workflow';

import type { OnceEvent } from './onceWatch';
import { onceWatch } from './onceWatch';
import { setWatch } from './setWatch';
import { updatedWatch } from './updatedWatch';
import { valueWatch } from './valueWatch';
import type { Watch } from './watch';

/** The events that the trigger knows, and which parameters each needs. */
interface Event extends INodePropertyOptions {
	value: string;
	needs: ReadonlyArray<'stepId' | 'actionId'>;
	/** The IDs are there where `needs` names them. */
	watch(ids: { stepId: number; actionId: number }): Watch<unknown>;
}

const once = (event: OnceEvent) => () => onceWatch(event) as Watch<unknown>;

export const events: readonly Event[] = [
	{
		name: 'Deadline Overdue',
		value: 'deadlineOverdue',
		description: 'The deadline of a running instance has passed',
		needs: [],
		watch: () =>
			setWatch({
				query: (at) => ({ status: 'running', deadline_before: new Date(at).toISOString() }),
				follows: 'time',
				ordering: '-deadline',
			}) as Watch<unknown>,
	},
	{
		name: 'Form Field Value Changed',
		value: 'fieldValueChanged',
		description: 'The value of a form field is filled in, changed or emptied',
		needs: ['stepId', 'actionId'],
		watch: ({ stepId, actionId }) => valueWatch(stepId, actionId) as Watch<unknown>,
	},
	{
		name: 'Instance Completed',
		value: 'instanceCompleted',
		description: 'All steps of an instance are done',
		needs: [],
		watch: once({
			query: { status: 'completed' },
			filter: 'completed_time',
			ordering: 'ended_time',
			time: ({ completed_time }) => completed_time,
		}),
	},
	{
		name: 'Instance Ended',
		value: 'instanceEnded',
		description: 'An instance is completed or stopped',
		needs: [],
		watch: once({
			// Leaves out the running ones, which have no such time. The cursor takes its place later.
			query: { ended_time_after: '1970-01-01T00:00:00Z' },
			filter: 'ended_time',
			ordering: 'ended_time',
			time: ({ aborted_time, completed_time }) => aborted_time ?? completed_time,
		}),
	},
	{
		name: 'Instance Started',
		value: 'instanceStarted',
		description: 'A new instance of the workflow is started',
		needs: [],
		watch: once({
			query: {},
			filter: 'started_time',
			ordering: 'started_time',
			time: ({ started_time }) => started_time,
		}),
	},
	{
		name: 'Instance Stopped',
		value: 'instanceStopped',
		description: 'An instance is stopped before its end',
		needs: [],
		watch: once({
			query: { status: 'aborted' },
			filter: 'aborted_time',
			ordering: 'ended_time',
			time: ({ aborted_time }) => aborted_time,
		}),
	},
	{
		name: 'Instance Updated',
		value: 'instanceUpdated',
		description: 'Anything in an instance is changed',
		needs: [],
		watch: () => updatedWatch as Watch<unknown>,
	},
	{
		name: 'Step Activated',
		value: 'stepActivated',
		description: 'An instance reaches a step',
		needs: ['stepId'],
		watch: ({ stepId }) =>
			setWatch({
				query: () => ({ active_step_id: stepId, status: 'running' }),
				follows: 'changes',
				ordering: '-last_updated_time',
				extra: { stepId },
			}) as Watch<unknown>,
	},
];
