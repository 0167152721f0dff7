package web

import "fmt"

// choice is one of a filter's: the value in the address and the word for it.
type choice struct{ Value, Word string }

// choices offers all, and each value by its word in the family: a function
// rather than a method, since values are of any type.
func choices[T ~string](v *visit, family string, values ...T) []choice {
	all := []choice{{"", v.Say.T("list.all")}}
	for _, value := range values {
		all = append(all, choice{fmt.Sprint(value), v.Say.Of(family, value)})
	}
	return all
}
