/** What is published: the manifest, the files, and what the editor shows of the nodes. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import type { INodePropertyCollection, INodePropertyOptions, INodeProperties } from 'n8n-workflow';
import ts from 'typescript';
import { packageRoots } from '../../scripts/lib/packages.cjs';
import { createEngine, type Engine } from '../engine/harness/engine.mts';

const packages = packageRoots().map((root) => {
	const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	return [manifest.name as string, root, manifest] as const;
});

function filesUnder(folder: string, ending: string): string[] {
	return readdirSync(folder, { encoding: 'utf8', recursive: true })
		.filter((name) => name.endsWith(ending))
		.map((name) => join(folder, name));
}

describe.each(packages)('package %s', (_name, root, manifest) => {
	const declared: string[] = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
	const dist = join(root, 'dist');
	let engine: Engine;

	beforeAll(async () => {
		engine = await createEngine({ packageRoot: root });
	});

	afterAll(() => engine?.close());

	it('needs nothing but n8n at run time', () => {
		for (const field of ['dependencies', 'optionalDependencies', 'bundleDependencies', 'overrides']) {
			expect(manifest).not.toHaveProperty(field);
		}
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});

	it('runs nothing when it is installed', () => {
		const atInstall = /^(pre|post)?(install|prepare|publish|pack)$|^dependencies$/;
		expect(Object.keys(manifest.scripts ?? {}).filter((name) => atInstall.test(name))).toEqual([]);
	});

	it('declares exactly the nodes and credentials that it has', () => {
		const built = [...filesUnder(join(dist, 'nodes'), '.node.js'), ...filesUnder(dist, '.credentials.js')];
		expect(declared.map((file) => join(root, file)).sort()).toEqual(built.sort());
		expect(engine.names.nodes).toHaveLength(manifest.n8n.nodes.length);
		expect(engine.names.credentials).toHaveLength(manifest.n8n.credentials.length);
	});

	it('loads from every one of its files', () => {
		const load = createRequire(__filename);
		for (const file of filesUnder(dist, '.js')) expect(() => load(file)).not.toThrow();
	});

	it('has the icons and the codex file of every node where n8n looks for them', () => {
		for (const name of engine.names.nodes) {
			const { iconUrl, codex } = engine.description(name);
			const icons = typeof iconUrl === 'string' ? [iconUrl] : Object.values(iconUrl ?? {});
			expect(icons).not.toHaveLength(0);
			for (const icon of icons) {
				expect(existsSync(join(root, icon.replace(`icons/${manifest.name}/`, '')))).toBe(true);
			}
			expect(codex?.categories).not.toHaveLength(0);
		}
	});

	it('has the output schemas where n8n looks for them', () => {
		const schemas = (folder: string) =>
			filesUnder(folder, '.json')
				.filter((file) => file.includes('__schema__'))
				.map((file) => relative(folder, file));
		expect(schemas(join(dist, 'nodes'))).toEqual(schemas(join(root, 'nodes')));
	});

	it('packs what n8n loads and what people read, and nothing else', () => {
		const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
			cwd: root,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		const [{ files }] = Object.values(JSON.parse(output)) as [{ files: Array<{ path: string }> }];
		const paths = files.map(({ path }) => path);
		expect(paths).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE.md', ...declared]));
		const expected = [
			/^(package\.json|README\.md|LICENSE\.md|CHANGELOG\.md)$/,
			/^dist\/(nodes|credentials)\/.*\.(js|js\.map|json)$/,
			/^dist\/icons\/.*\.svg$/,
		];
		expect(paths.filter((path) => !expected.some((pattern) => pattern.test(path)))).toEqual([]);
		expect(paths.filter((path) => /(^|\/)(tests?|sandbox|examples?|fixtures?)\/|\.(test|spec)\./i.test(path))).toEqual(
			[],
		);
	});

	it('reads no parameter at a fixed item, but for resource and operation', () => {
		const sources = filesUnder(join(root, 'nodes'), '.ts');
		expect(sources.flatMap((file) => fixedItemReads(file))).toEqual([]);
	});

	// Each change of what users see has to show up in a review: texts, parameters, order, defaults.
	it('shows the editor what it showed before', () => {
		for (const name of engine.names.nodes) {
			const { properties, communityNodePackageVersion: _, ...description } = engine.description(name);
			const lines = [JSON.stringify(description), ...properties.flatMap((property) => surface(property))];
			expect(`\n${lines.join('\n')}\n`).toMatchSnapshot(name);
		}
		for (const name of engine.names.credentials) {
			const { displayName, properties, documentationUrl } = engine.credentialType(name);
			const lines = [`${displayName} ${documentationUrl}`, ...properties.flatMap((property) => surface(property))];
			expect(`\n${lines.join('\n')}\n`).toMatchSnapshot(name);
		}
	});
});

/** Calls like `getNodeParameter('name', 0)`: every item would get the value of the first one. */
function fixedItemReads(file: string): string[] {
	const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
	const found: string[] = [];
	const visit = (node: ts.Node): void => {
		if (
			ts.isCallExpression(node) &&
			ts.isPropertyAccessExpression(node.expression) &&
			node.expression.name.text === 'getNodeParameter'
		) {
			const [name, item] = node.arguments;
			const isOnceForAll = name && ts.isStringLiteral(name) && ['resource', 'operation'].includes(name.text);
			if (item && ts.isNumericLiteral(item) && !isOnceForAll) {
				const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
				found.push(`${file}:${line + 1} ${node.getText(source)}`);
			}
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return found;
}

/** A parameter as lines: one for itself, and one for each of its options, fields and modes. */
function surface(entry: INodeProperties | INodePropertyOptions | INodePropertyCollection, indent = ''): string[] {
	const { name, options, values, modes, ...rest } = entry as INodeProperties & INodePropertyCollection;
	const children = [...(options ?? []), ...(values ?? []), ...(modes ?? [])] as INodeProperties[];
	return [`${indent}${name}: ${JSON.stringify(rest)}`, ...children.flatMap((child) => surface(child, `${indent}  `))];
}
