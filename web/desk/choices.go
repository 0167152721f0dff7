package desk

import "fmt"

// Choice is one of a filter's: the value in the address and the word for it.
type Choice struct{ Value, Word string }

// Choices offers all, and each value by its word in the family: a function
// rather than a method, since values are of any type.
func Choices[T ~string](x *Exchange, family string, values ...T) []Choice {
	all := []Choice{{"", x.Say.T("list.all")}}
	for _, value := range values {
		all = append(all, Choice{fmt.Sprint(value), x.Say.Of(family, value)})
	}
	return all
}
