package api

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
func (d *door) warn(c *gin.Context) {
	if warning := d.capturing(c.Request.Context()); warning != "" {
		c.Header("Keur-Warning", warning)
	}
	c.Next()
}

// capturing returns the warning, or "" if every label has a route.
func (d *door) capturing(ctx context.Context) string {
	d.captured.mu.Lock()
	defer d.captured.mu.Unlock()
	now := d.Clock.Now()
	if age := now.Sub(d.captured.read); age >= 0 && age < capturedFor {
		return d.captured.warning
	}
	n, err := d.Labels.WithoutRoute(ctx)
	if err != nil {
		return d.captured.warning // the call itself will say what is wrong
	}
	d.captured.read, d.captured.warning = now, ""
	if n > 0 {
		d.captured.warning = fmt.Sprintf("labels without an SMTP route: %d; their mail is caught in the local inbox and reaches nobody", n)
	}
	return d.captured.warning
}
