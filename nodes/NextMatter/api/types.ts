import type { IDataObject } from 'n8n-workflow';

/** A Next Matter instance as the API gives it (`Public_Instance` of the reference). */
export interface Instance extends IDataObject {
	id: number;
	/** Resource URI of the workflow. */
	process: string;
	name?: string | null;
	deadline?: string | null;
	priority?: 'V' | 'H' | null;
	tags?: string[];
	step_assignments?: StepAssignment[];
	url?: string;
	started_time?: string;
	completed_time?: string | null;
	aborted_time?: string | null;
	last_updated_time?: string;
	/** Structure of the workflow: an object, or the same as JSON text. Its schema is not documented. */
	process_snapshot?: string | IDataObject;
	active_step_ids?: number[];
	public_url?: string | null;
	stage?: string | null;
}

export interface StepAssignment extends IDataObject {
	step_id: number;
	user_id: number;
}

/** What can be written of an instance. */
export interface InstanceFields {
	name?: string | null;
	deadline?: string | null;
	priority?: 'V' | 'H' | null;
	tags?: string[];
	step_assignments?: StepAssignment[];
}

/** A row of the instance lists: no more than this is in it. */
export interface InstanceRow extends IDataObject {
	id: number;
	name: string;
	status: 'running' | 'completed' | 'aborted';
	public_url?: string | null;
}

/** A row of the form-field details: the field's value in one instance. */
export interface FieldRow extends IDataObject {
	instance_id: number;
	instance_name?: string;
	/** Its content is not documented; presumably an `input_object`. */
	value?: IDataObject | null;
	settings?: IDataObject;
}

/** Something with an ID and a name. */
export interface Named extends IDataObject {
	id: number;
	name?: string;
}

/** Query parameters of the instance lists, by their wire names. */
export type InstanceFilters = Record<string, string | number | undefined>;
