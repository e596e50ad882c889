// The main job: the example workflow, and how to tell from Next Matter's own state that it was really done.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DateTime } from 'luxon';
import type { InstanceView } from '../sandbox/next-matter/server.mts';
import type { Workflow } from './n8n-client.mts';
import { root } from './pack.mts';

export const TRIGGER = 'When clicking ‘Execute workflow’';
export const RECORD_NODE = 'New hire';
export const CREATE_NODE = 'Start onboarding';
export const COMPLETE_NODE = 'Complete personal details';
export const SAVE_NODE = 'Save IT equipment';
export const READ_NODE = 'Read the onboarding back';

const COMPLETED_STEP = 141487;
const SAVED_STEP = 141489;

export interface NewHire {
	fullName: string;
	email: string;
	startDate: string;
	street: string;
	zipCode: string;
	city: string;
	department: string;
	contractType: string;
	annualSalary: number;
	equipment: string[];
	accounts: Array<Record<string, string>>;
}

export async function loadOnboarding(): Promise<Workflow> {
	return JSON.parse(await readFile(join(root, 'examples', 'next-matter-onboarding.json'), 'utf8')) as Workflow;
}

/** What the service documents for each form field, worked out from the record without the node's own code. */
function expectedValues(hire: NewHire, timezone: string): Record<number, unknown> {
	const columns = Object.keys(hire.accounts[0] ?? {});
	return {
		369584: { inputValue: hire.fullName },
		369585: { emailValue: hire.email },
		369586: { date: utc(hire.startDate, timezone) },
		369587: { street: hire.street, city: hire.city, zipCode: hire.zipCode },
		369588: { itemSelected: hire.department },
		369589: { radioItemSelected: hire.contractType },
		369590: { numberValue: hire.annualSalary, formattedValue: '' },
		369592: { itemsChecked: hire.equipment },
		369593: {
			jsonResult: JSON.stringify([columns, ...hire.accounts.map((row) => columns.map((column) => row[column]))]),
		},
	};
}

function utc(date: string, zone: string): number {
	return DateTime.fromISO(date, { zone }).toMillis();
}

/** Times are compared as moments: the service may write the same one in several ways. */
function comparable(value: unknown): unknown {
	if (typeof value === 'object' && value !== null && 'date' in value)
		return { date: new Date(value.date as string).getTime() };
	return value;
}

/**
 * Everything that is not as the job asked for; empty when it was done.
 * @param instance what the service holds
 * @param timezone the one n8n reads the record's date in
 */
export function judgeOnboarding(instance: InstanceView | undefined, hire: NewHire, timezone: string): string[] {
	if (!instance) return ['Next Matter has no such instance.'];
	const problems: string[] = [];
	const expect = (what: string, actual: unknown, expected: unknown) => {
		if (isDeepStrictEqual(actual, expected)) return;
		problems.push(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}.`);
	};
	expect('The workflow', instance.workflowId, 4210);
	expect('The name', instance.name, `Onboarding of ${hire.fullName}`);
	expect('The priority', instance.priority, 'H');
	expect('The tags', [...instance.tags].sort(), [hire.city, hire.department].map((tag) => tag.toLowerCase()).sort());
	expect('The deadline', instance.deadline && Date.parse(instance.deadline), utc(hire.startDate, timezone));
	expect('The state', instance.status, 'running');
	expect(`Step ${COMPLETED_STEP}`, instance.steps[COMPLETED_STEP]?.status, 'completed');
	expect(`Step ${SAVED_STEP}`, instance.steps[SAVED_STEP]?.status, 'active');
	for (const [id, value] of Object.entries(expectedValues(hire, timezone))) {
		expect(`Form field ${id}`, comparable(instance.values[Number(id)]), value);
	}
	return problems;
}
