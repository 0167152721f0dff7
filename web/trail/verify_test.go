package trail

import (
	"testing"

	"keur/approval"
	"keur/web/desk"
)

func TestABrokenTrailIsTold(t *testing.T) {
	t.Parallel()
	w := &walk{}
	w.step(approval.Entry{Seq: 3})
	if view, err := w.view(9); err != nil || view.At != 3 || view.Of != 9 || view.Done {
		t.Errorf("%+v %v", view, err)
	}
	w.end(4, nil, desk.NotHere())
	if view, err := w.view(9); err != nil || view.Fault.IsZero() || !view.Done {
		t.Errorf("%+v %v", view, err)
	}
}
