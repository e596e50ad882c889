/** The node and credential types of a built package, loaded by n8n's own loader. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageDirectoryLoader } from 'n8n-core';
import type { ICredentialType, INodeType, INodeTypes, IVersionedNodeType } from 'n8n-workflow';
import { core, workflow as n8nWorkflow } from './n8n.mts';
import { standIns } from './standIns.mts';

export class PackageTypes implements INodeTypes {
	readonly packageName: string;

	private readonly loader: PackageDirectoryLoader;

	private constructor(loader: PackageDirectoryLoader) {
		this.loader = loader;
		this.packageName = loader.packageName;
	}

	/** @throws when the package was not built, or one of its files does not load */
	static async load(packageRoot: string): Promise<PackageTypes> {
		if (!existsSync(join(packageRoot, 'dist'))) {
			throw new Error(`${packageRoot} has no folder "dist". Run "npm run build" first.`);
		}
		const loader = new core.PackageDirectoryLoader(packageRoot);
		await loader.loadAll();
		return new PackageTypes(loader);
	}

	get nodeNames(): string[] {
		return Object.keys(this.loader.known.nodes);
	}

	get credentialNames(): string[] {
		return Object.keys(this.loader.known.credentials);
	}

	/** The full name of a node type, as workflows store it: `nextMatter` -> `<package>.nextMatter` */
	fullName(node: string): string {
		return node.includes('.') ? node : `${this.packageName}.${node}`;
	}

	/** The only node of the package that is not a trigger, or the only trigger. */
	defaultNode(kind: 'action' | 'trigger'): string {
		const names = this.nodeNames.filter((name) => name.endsWith('Trigger') === (kind === 'trigger'));
		if (names.length !== 1) {
			throw new Error(`Say which node is meant: the package has ${names.join(', ') || 'none'}.`);
		}
		return names[0];
	}

	credential(name: string): ICredentialType {
		return this.loader.getCredential(name).type;
	}

	/** The full names of the nodes that use a credential type. */
	nodesWithCredential(name: string): string[] {
		return (this.credential(name).supportedNodes ?? []).map((node) => this.fullName(node));
	}

	getByName(type: string): INodeType | IVersionedNodeType {
		const standIn = standIns[type];
		if (standIn) return standIn;
		const prefix = `${this.packageName}.`;
		if (!type.startsWith(prefix)) {
			throw new Error(`The harness has no node type "${type}" (see standIns.mts).`);
		}
		return this.loader.getNode(type.slice(prefix.length)).type;
	}

	getByNameAndVersion(type: string, version?: number): INodeType {
		return n8nWorkflow.NodeHelpers.getVersionedNodeType(this.getByName(type), version);
	}

	getKnownTypes() {
		return {};
	}
}
