/**
 * The words the sandbox uses for a workflow, its steps and form fields, and for a running instance.
 *
 * Wire names differ: a workflow is a `process`, a form field an `action` (reference, section 3).
 */

/** The 17 form field types of the official list (seed 002, `CompleteAction.input_object`). The names are invented. */
export const FIELD_TYPES = [
	'address',
	'checklist',
	'date',
	'drawing',
	'email',
	'file',
	'image',
	'instruction',
	'multiSelect',
	'number',
	'radio',
	'routing',
	'singleSelect',
	'table',
	'text',
	'url',
	'userSelection',
] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

/**
 * Microseconds since 1970, the resolution of a PostgreSQL timestamp. Safe as a JavaScript number until the year 2255.
 */
export type Micros = number;

export type InputObject = Record<string, unknown>;

export interface ActionDef {
	id: number;
	name: string;
	type: FieldType;
	/** Default false. A required field must hold a value when its step is completed. */
	required?: boolean;
	/** Choices of a checklist, radio, single- or multi-select. */
	options?: string[];
	/** Header row of a table. */
	columns?: string[];
	/** Text of an instruction, help text of any other field. */
	description?: string;
}

/**
 * `form` waits for somebody to complete it. `group` runs its `steps` one after the other, `parallel` all at once.
 * `email` and `integration` complete by themselves as soon as they become active (docs/complete-a-step).
 */
export type StepType = 'form' | 'group' | 'parallel' | 'email' | 'integration';

export interface StepDef {
	id: number;
	name: string;
	/** Default `form`. */
	type?: StepType;
	stage?: string;
	/** A user id, or `at-start` for "Select user at workflow start". */
	assignee?: number | 'at-start';
	/** The step is due this many hours after it became active. */
	deadlineHours?: number;
	actions?: ActionDef[];
	/** Child steps of a `group` or `parallel` step. */
	steps?: StepDef[];
}

export interface WorkflowDef {
	id: number;
	name: string;
	/** Name pattern such as `Purchase {n}`; its presence switches automatic naming on. */
	automaticNaming?: string;
	leadUserId?: number;
	organizationId?: number;
	/** Whether instances get a public tracking URL. */
	publicTracking?: boolean;
	steps: StepDef[];
}

export interface User {
	id: number;
	name: string;
	email: string;
}

export type StepStatus = 'waiting' | 'active' | 'completed' | 'skipped' | 'declined';

export interface StepState {
	status: StepStatus;
	started: Micros | null;
	completed: Micros | null;
	deadline: Micros | null;
	assignee: number | null;
	/** How often the step became active; above 1 after a jump back. */
	entered: number;
}

export interface StepNode {
	def: StepDef;
	type: StepType;
	parent: StepNode | null;
	children: StepNode[];
	/** Position among its siblings. */
	index: number;
	/** Position in the whole workflow, depth first. */
	order: number;
}

/**
 * A workflow as an instance sees it. Never changed: a changed workflow is a new object
 * (docs/manage-process-instances).
 */
export interface Workflow {
	def: WorkflowDef;
	roots: StepNode[];
	/** Every step, depth first. */
	nodes: StepNode[];
	/** The steps somebody or something completes, that is all but the groups. */
	leaves: StepNode[];
	nodeById: Map<number, StepNode>;
	actionById: Map<number, { action: ActionDef; node: StepNode }>;
}

export interface StepAssignment {
	step_id: number;
	user_id: number;
}

export type Priority = 'V' | 'H' | null;

export type InstanceStatus = 'running' | 'completed' | 'aborted';

export interface Instance {
	id: number;
	workflow: Workflow;
	name: string | null;
	priority: Priority;
	tags: string[];
	deadline: Micros | null;
	started: Micros;
	completed: Micros | null;
	aborted: Micros | null;
	lastUpdated: Micros;
	steps: Map<number, StepState>;
	/** Form field values in the unwrapped form of seed 002, by action id. */
	values: Map<number, InputObject>;
	stepAssignments: StepAssignment[];
	startedBy: number;
	trackingToken: string;
}
