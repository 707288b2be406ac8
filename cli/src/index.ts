export { describeDocuments } from './rules/describe-documents.ts';
export { describeProfile } from './io/profiles.ts';
