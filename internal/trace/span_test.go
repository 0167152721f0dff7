package trace

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestWhereNobodyIsToldNothingIsAllocated: a mail, a click and a transaction cost
// nothing more.
func TestWhereNobodyIsToldNothingIsAllocated(t *testing.T) {
	ctx, trouble := t.Context(), errors.New("trouble")
	if n := testing.AllocsPerRun(100, func() {
		Answered(ctx, "/c/:token", http.StatusFound)
		at, span := Within(ctx, "transaction")
		span.Failed(trouble)
		span.End()
		at, span = Begin(at, "duty")
		span.Word("keur.outcome", "accepted")
		span.Number("smtp.code", 250)
		span.Piece("render").End()
		span.Mail(nil).End()
		at, _ = Admit(at, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		if On(Aside(at)) || Cause(at) != "" {
			t.Error("something is traced")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	var none *Tracer
	served := http.NotFoundHandler()
	w := httptest.NewRecorder()
	Handler(ctx, "public", served).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if none.In(ctx) != ctx || w.Code != http.StatusNotFound {
		t.Error("no tracer isn't out of the way")
	}
}

// TestATraceparentIsReadStrictly: what is none is no cause.
func TestATraceparentIsReadStrictly(t *testing.T) {
	t.Parallel()
	for said, valid := range map[string]bool{
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01":    true,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01":    false,
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01":    false,
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01":    false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-ab": false,
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01":    false,
		"'; DROP TABLE sends": false, "": false,
	} {
		if contextOf(said).IsValid() != valid || (len(linksTo([]string{said})) == 1) != valid {
			t.Errorf("%q is valid: %v", said, !valid)
		}
	}
}
