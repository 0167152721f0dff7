// Package typed reads numbers, amounts and dates as people type them. What can be
// read in two ways is never guessed: the caller says how, a whole column shows it,
// or it isn't read.
package typed
