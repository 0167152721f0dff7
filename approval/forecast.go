package approval

import (
	"context"
	"time"

	"keur/internal/fault"
	"keur/mailings"
	"keur/segments"
)

// Forecast counts whom the newest revision of a mailing would reach at its
// first slot, or now if that has passed, and why others not.
func (e *Engine) Forecast(ctx context.Context, id mailings.ID) (segments.Waterfall, error) {
	m, err := e.mailings.Get(ctx, id)
	if err != nil {
		return segments.Waterfall{}, err
	}
	if m.RevisionID == nil {
		return segments.Waterfall{}, fault.New(fault.Conflict, "this mailing has no content yet, so nobody can be counted")
	}
	content, err := e.mailings.Content(ctx, *m.RevisionID)
	if err != nil {
		return segments.Waterfall{}, err
	}
	slot, err := e.firstSlot(&content)
	if err != nil {
		slot = time.Time{}
	}
	return e.Waterfall(ctx, &m, &content, slot)
}
