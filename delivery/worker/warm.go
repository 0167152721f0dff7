package worker

import (
	"context"
	"time"
)

// warm finds which of a batch's mails wait for another day, since no more may leave
// from their domain today. Those of the batch that leave are counted already.
func (f *feed) warm(ctx context.Context, b *batch) bool {
	if f.worker.Warmups == nil {
		return true
	}
	waiting := b.waiting()
	taken, err := f.worker.Warmups.Take(ctx, f.send.Domain(), len(b.tasks)-waiting, b.Slot())
	if err != nil {
		if ctx.Err() == nil {
			f.worker.Log.Error("the plan of a domain can't be kept, the batch waits", "send", f.send.ID, "error", err)
			b.after = time.Second
		}
		return false // a batch of a send that is paused waits for nothing
	}
	b.warm = taken
	if waiting+taken.Mails == len(b.tasks) {
		return true
	}
	if b.waits == nil {
		b.waits = make([]bool, len(b.tasks))
	}
	may := taken.Mails
	for i, waits := range b.waits {
		if !waits && may == 0 {
			b.waits[i] = true
		} else if !waits {
			may--
		}
	}
	// What waits for its provider alone asks sooner, and again for what is left of the day.
	if rest := taken.Resume.Sub(f.worker.Clock.Now()); waiting == 0 || rest < b.after {
		b.after = rest
	}
	return true
}

// giveBack takes out of the day's count what was taken and didn't leave: it waits still,
// or no server was offered it.
func (f *feed) giveBack(ctx context.Context, b *batch) {
	if b.warm.Day.IsZero() || b.warm.Mails == 0 {
		return
	}
	queued, err := f.worker.queue.Queued(ctx, b.Batch)
	if left := max(0, queued-b.waiting()) + int(b.untried.Load()); err == nil && left > 0 {
		err = f.worker.Warmups.GiveBack(ctx, f.send.Domain(), b.warm.Day, min(left, b.warm.Mails))
	}
	if err != nil {
		f.worker.Log.Error("what didn't leave stays counted for its domain's day", "send", f.send.ID, "error", err)
	}
}

// waiting is how many of its mails wait for the batch to be taken again.
func (b *batch) waiting() (n int) {
	for _, waits := range b.waits {
		if waits {
			n++
		}
	}
	return n
}
