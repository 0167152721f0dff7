package desk

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"keur/internal/trace"
)

// A live part says something at least this often, so that proxies keep it open.
const heartbeat = 20 * time.Second

// Live keeps a part of an open page current by server-sent events (HTML Living
// Standard, 9.2): it renders again and again, and sends what changed, until the
// page is closed or the desk stops. An error ends it; the page asks anew.
func Live(x *Exchange, every time.Duration, render func() (string, error)) error {
	x.Request = x.Request.WithContext(trace.Aside(x.Context()))
	control := http.NewResponseController(x.Writer)
	if err := control.SetWriteDeadline(time.Time{}); err != nil { // it may stay open all day
		return fmt.Errorf("live part: %w", err)
	}
	x.Header("Content-Type", "text/event-stream")
	x.Header("X-Accel-Buffering", "no")
	tick, beat := time.NewTicker(every), time.NewTicker(heartbeat)
	defer tick.Stop()
	defer beat.Stop()
	last := ""
	for {
		now, err := render()
		if err != nil {
			return err
		}
		if now != last {
			if err := event(x, control, "part", now); err != nil {
				return nil // the page was closed
			}
			last = now
		}
		select {
		case <-x.Request.Context().Done():
			return nil
		case <-x.desk.open.Done():
			return nil
		case <-beat.C:
			if err := event(x, control, "beat", ""); err != nil {
				return nil // the page was closed
			}
		case <-tick.C:
		}
	}
}

// Watched does what may take long for a form, and goes on at the address. Where
// script sent it, the page is shown how far do is, as a part of a page, and told
// what was refused; who closes the connection cancels do's context. Else the
// browser waits, and refused answers.
func Watched(
	x *Exchange, address, page, part string, do func(ctx context.Context, tell func(view any)) error, refused func(error) error,
) error {
	if x.Request.Header.Get("Accept") != "text/event-stream" {
		if err := do(x.Context(), func(any) {}); err != nil {
			return refused(err)
		}
		return x.GoTo(address)
	}
	control := http.NewResponseController(x.Writer)
	if err := control.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("watched form: %w", err)
	}
	x.Header("Content-Type", "text/event-stream")
	x.Header("X-Accel-Buffering", "no")
	ctx, cancel := context.WithCancel(x.Context())
	defer cancel()
	err := do(ctx, func(view any) {
		if now, err := x.Render(page, part, view); err != nil || event(x, control, "part", now) != nil {
			cancel() // nobody watches any more
		}
	})
	if problem, is := AsFault(err); is {
		_ = event(x, control, "refused", x.Say.Sentence(problem.Message))
		return nil
	}
	if err != nil {
		return err
	}
	_ = event(x, control, "go", address)
	return nil
}

// event writes one event; each line of its data stands on a line of its own.
func event(x *Exchange, control *http.ResponseController, name, data string) error {
	if _, err := fmt.Fprintf(x.Writer, "event: %s\ndata: %s\n\n", name, strings.ReplaceAll(data, "\n", "\ndata: ")); err != nil {
		return err
	}
	return control.Flush()
}
