package rest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// capturedFor is how long it is remembered how many labels have no route.
const capturedFor = 2 * time.Second

// captured knows whether labels have no SMTP route. Their mail is caught in the
// local inbox, and nobody may find that out by members who never got theirs: so
// each answer of the API says it.
type captured struct {
	mu      sync.Mutex
	read    time.Time
	warning string
}

// warn puts the warning into the header of every answer while there is one.
func (k *Kit) warn(c *gin.Context) {
	if warning := k.capturing(c.Request.Context()); warning != "" {
		c.Header("Keur-Warning", warning)
	}
	c.Next()
}

// capturing returns the warning, or "" if every label has a route.
func (k *Kit) capturing(ctx context.Context) string {
	k.captured.mu.Lock()
	defer k.captured.mu.Unlock()
	now := k.Clock.Now()
	if age := now.Sub(k.captured.read); age >= 0 && age < capturedFor {
		return k.captured.warning
	}
	n, err := k.Labels.WithoutRoute(ctx)
	if err != nil {
		return k.captured.warning // the call itself will say what is wrong
	}
	k.captured.read, k.captured.warning = now, ""
	if n > 0 {
		k.captured.warning = fmt.Sprintf("labels without an SMTP route: %d; their mail is caught in the local inbox and reaches nobody", n)
	}
	return k.captured.warning
}
