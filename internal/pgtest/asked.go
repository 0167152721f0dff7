package pgtest

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
)

// Asked notes the statements that a database of New is asked with its context,
// each with its arguments, such as all of one request.
type Asked struct {
	mu         sync.Mutex
	statements []string
}

type askedKey struct{}

// Context returns a context whose statements are noted.
func (a *Asked) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, askedKey{}, a)
}

// Statements are those so far, in order, on one line each.
func (a *Asked) Statements() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.statements...)
}

// noteAsked notes a statement if somebody listens.
func noteAsked(ctx context.Context, query string, args []driver.NamedValue) {
	a, _ := ctx.Value(askedKey{}).(*Asked)
	if a == nil {
		return
	}
	line := strings.Join(strings.Fields(query), " ")
	for _, arg := range args {
		line += fmt.Sprintf(" %v", arg.Value)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statements = append(a.statements, line)
}
