package members

import (
	"slices"
	"strings"

	"github.com/lib/pq"
)

// maxWords bounds the words of a set.
const maxWords = 100

// setColumn returns the words sorted, each once, so that equal sets are equal
// in the base too. No words at all is no value.
func setColumn(v []string) (any, error) {
	var set []string
	for _, word := range v {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		if _, err := textColumn(word); err != nil {
			return nil, err
		}
		set = append(set, word)
	}
	slices.Sort(set)
	set = slices.Compact(set)
	if len(set) > maxWords {
		return nil, wrong("a set has at most %d words", maxWords)
	}
	if len(set) == 0 {
		return nil, nil
	}
	return pq.StringArray(set), nil
}
