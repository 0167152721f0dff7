// Package states says in which state a thing begins and which state may follow
// which. Each list stands a second time in the thing's table, as the arguments
// of the trigger state_guard, and a test in migrations holds both to each other.
package states

import "slices"

// Machine is the list for one kind of thing.
type Machine[S ~string] struct {
	First   S
	Follows map[S][]S // of each state that something may follow
}

// Allows reports whether next may come after from.
func (m Machine[S]) Allows(from, next S) bool { return slices.Contains(m.Follows[from], next) }
