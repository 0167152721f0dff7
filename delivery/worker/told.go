package worker

import (
	"context"
	"time"

	"keur/delivery"
	"keur/internal/trace"
	"keur/mailings"
)

// causes asks what let a send go, if spans are told, so that those of its mail name
// the calls as their cause.
func (w *Worker) causes(ctx context.Context, send *delivery.ActiveSend) {
	if !trace.On(ctx) {
		return
	}
	var err error
	if send.Causes, err = mailings.NewCauses(w.DB).Of(ctx, mailings.RevisionID(send.Revision)); err != nil && ctx.Err() == nil {
		w.Log.Warn("a send's spans have no cause", "send", send.ID, "error", err)
	}
}

// begin begins the span of a batch, whose claim began earlier.
func (b *batch) begin(ctx context.Context, claim time.Time) {
	_, b.span = trace.After(ctx, "batch", claim, b.Send.Causes)
	if b.span == nil {
		return
	}
	b.span.Number("keur.send", b.Send.ID)
	b.span.Number("keur.batch", int64(b.Number))
	b.span.Number("keur.mails", int64(len(b.tasks)))
	b.span.PieceAt("claim", claim).End()
}

// told is a mail of which each step is told, one of so many. nil is any other.
type told struct{ mail, step *trace.Span }

// tell begins to tell a mail of the batch, if it is one of those.
func tell(b *batch) *told {
	if b.span == nil {
		return nil
	}
	mail := b.span.Mail(b.Send.Causes)
	if mail == nil {
		return nil
	}
	mail.Number("keur.send", b.Send.ID)
	mail.Number("keur.batch", int64(b.Number))
	return &told{mail, mail.Piece("render")}
}

// next ends a step, and begins another.
func (t *told) next(step string) {
	if t != nil {
		t.step.End()
		t.step = t.mail.Piece(step)
	}
}

// answered ends the conversation with the server, whose text may name anybody and
// isn't told, and begins the commit of what it comes to.
func (t *told) answered(reply delivery.Reply) {
	if t == nil {
		return
	}
	for _, span := range []*trace.Span{t.mail, t.step} {
		span.Word("keur.outcome", reply.Outcome.String())
		span.Number("smtp.code", int64(reply.Code))
		span.Word("smtp.enhanced_code", reply.Enhanced)
	}
	t.next("outcome")
}

// end ends the mail.
func (t *told) end() {
	if t != nil {
		t.step.End()
		t.mail.End()
	}
}
