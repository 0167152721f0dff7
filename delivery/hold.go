package delivery

import (
	"context"
	"fmt"

	"keur/internal/fault"
	"keur/mailings"
)

// unmakeable reports whether err is for a person to mend: trying again without
// one would only fill the log.
func unmakeable(err error) bool {
	kind := fault.Of(err)
	return kind != fault.Internal && kind != fault.Unavailable
}

// holdSend stops a send whose mail can't be made, with the reason, until a
// colleague releases it. Its letter is made anew then.
func (w *Worker) holdSend(ctx context.Context, send int64, cause error) {
	w.Letters.forget(send)
	_, err := w.Letters.Mailings.UpdateSend(ctx, mailings.SendID(send), func(s *mailings.Send) error {
		if s.State != mailings.Sending { // someone stopped it already, maybe another connection
			return nil
		}
		return s.Hold(fmt.Sprintf("mail: %s", cause), w.Clock.Now())
	})
	if err != nil && ctx.Err() == nil {
		w.Log.Error("a send whose mail can't be made can't be held either", "send", send, "cause", cause, "error", err)
	}
}
