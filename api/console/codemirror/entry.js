// What the rule editor uses of CodeMirror, in one file for the page.
export { basicSetup } from "codemirror";
export { autocompletion, completeFromList, snippetCompletion } from "@codemirror/autocomplete";
export { indentWithTab } from "@codemirror/commands";
export { yaml } from "@codemirror/lang-yaml";
export { HighlightStyle, syntaxHighlighting, syntaxTree, indentUnit } from "@codemirror/language";
export { linter, lintGutter, setDiagnostics } from "@codemirror/lint";
export { MergeView, unifiedMergeView } from "@codemirror/merge";
export { openSearchPanel } from "@codemirror/search";
export { Compartment, EditorSelection, EditorState } from "@codemirror/state";
export { Decoration, Direction, EditorView, keymap, ViewPlugin } from "@codemirror/view";
export { tags } from "@lezer/highlight";
