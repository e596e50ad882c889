/** What goes into the harness and what comes out. */
import type {
	ExecutionError,
	ExecutionStatus,
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	IPinData,
	IRun,
	IWorkflowBase,
	NodeExecutionHint,
} from 'n8n-workflow';

/** Credential type -> its fields as the user typed them. */
export type CredentialFields = Record<string, ICredentialDataDecryptedObject>;

/** An item as n8n has it (with `json`), or only its JSON. */
export type Item = INodeExecutionData | IDataObject;

/** `manual` is the editor's "Execute", `trigger` an active workflow. */
export type Mode = 'manual' | 'trigger';

export interface EngineOptions {
	/** Folder of the package; default: the repository, which is the Next Matter package. */
	packageRoot?: string;
	/** Credentials for the calls that name none. */
	credentials?: CredentialFields;
	/** Where n8n keeps files; `memory` (default here) leaves them readable in the items. */
	files?: 'memory' | 'filesystem';
}

export interface NodeOptions {
	/** Values may be expressions (`={{ … }}`); what is left out has its default. */
	parameters: INodeParameters;
	/** Name of the node in the package; default: its only action node, or its only trigger. */
	node?: string;
	/** Default: the newest. */
	typeVersion?: number;
	credentials?: CredentialFields;
	/** IANA name of the workflow's time zone; default: n8n's, America/New_York. */
	timezone?: string;
}

export interface RunOptions extends NodeOptions {
	/** Default: one empty item. */
	items?: Item[];
	/** The node's setting "On Error"; default: `stopWorkflow`. */
	onError?: INode['onError'];
	/** Its other settings, such as `retryOnFail`, `executeOnce`, `alwaysOutputData`. */
	settings?: Partial<INode>;
	/** Default: `manual`. */
	mode?: Mode;
	/** Aborting it is the user's "Stop". */
	signal?: AbortSignal;
}

export interface WorkflowOptions {
	/** What the trigger gives out; default: one empty item. */
	items?: Item[];
	credentials?: CredentialFields;
	/** Default: `manual`. */
	mode?: Mode;
	/** Node name -> items that stand for its output; default: those in the workflow. */
	pinData?: IPinData;
	/** Aborting it is the user's "Stop". */
	signal?: AbortSignal;
}

/** The part of a workflow's JSON that counts, as the editor exports it. */
export type WorkflowJson = Pick<IWorkflowBase, 'nodes' | 'connections'> &
	Partial<Pick<IWorkflowBase, 'name' | 'settings' | 'staticData' | 'pinData'>>;

export interface EditorOptions extends NodeOptions {
	/** Path of the parameter that asks, for methods that read their siblings. */
	path?: string;
}

export interface ListOptions extends EditorOptions {
	/** What the user typed into the list's search box. */
	filter?: string;
	/** From the page before. */
	paginationToken?: string;
}

export interface PollOptions extends NodeOptions {
	/** `manual` is the editor's "Fetch Test Event"; default: `trigger`, an active workflow. */
	mode?: Mode;
	/** From the poll before; default: empty, as on activation. */
	staticData?: IDataObject;
	/** Time that n8n gives one poll, in ms; default: n8n's, 300,000. */
	budget?: number;
}

/** What the last run of one node gave. */
export interface NodeResult {
	/** The success output. */
	items: INodeExecutionData[];
	/** The error output, with `onError: 'continueErrorOutput'`. */
	errorItems: INodeExecutionData[];
	/** What stopped it, as n8n stores and shows it. */
	error?: ExecutionError;
	hints: NodeExecutionHint[];
}

export interface RunResult extends NodeResult {
	/** `success`, `error` or `canceled` */
	status: ExecutionStatus;
	/** All that the engine recorded. */
	run: IRun;
}

export interface WorkflowResult {
	/** `success`, `error` or `canceled` */
	status: ExecutionStatus;
	error?: ExecutionError;
	/** Node name -> result; a node that did not run is missing. */
	nodes: Record<string, NodeResult>;
	run: IRun;
}

export interface PollResult {
	/** `null` when the trigger has nothing to start a workflow with. */
	items: INodeExecutionData[] | null;
	/** For the next poll. */
	staticData: IDataObject;
}
