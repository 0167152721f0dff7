// Package states says in which state a thing begins and which state may follow
// which. Each list stands a second time in the thing's table, as the arguments
// of the trigger state_guard, and a test in migrations holds both to each other.
package states

import (
	"maps"
	"slices"
)

// Machine is the list for one kind of thing.
type Machine[S ~string] struct {
	First   S
	Follows map[S][]S // of each state that something may follow
}

// Allows reports whether next may come after from.
func (m Machine[S]) Allows(from, next S) bool { return slices.Contains(m.Follows[from], next) }

// States lists all states, the first at its place and the others by name.
func (m Machine[S]) States() []S {
	found := map[S]bool{}
	for from, follows := range m.Follows {
		found[from] = true
		for _, s := range follows {
			found[s] = true
		}
	}
	delete(found, m.First)
	return append([]S{m.First}, slices.Sorted(maps.Keys(found))...)
}
