package members

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed disposable.txt
var disposableText string

// disposableDomains are the well-known domains of throw-away mailboxes.
var disposableDomains = sync.OnceValue(func() map[string]bool {
	domains := map[string]bool{}
	for line := range strings.Lines(disposableText) {
		domains[strings.TrimSpace(line)] = true
	}
	return domains
})

// isDisposable reports whether domain, or one that it is part of, gives out
// throw-away mailboxes. Such a member is flagged and not refused: planners may
// want to leave them out, and the list is never complete.
func isDisposable(domain string) bool {
	for known := disposableDomains(); domain != ""; {
		if known[domain] {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}
