package each_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"keur/internal/each"
)

func TestOneThatFailsStopsNoOther(t *testing.T) {
	t.Parallel()
	bad := errors.New("no address")
	var tried []int
	done, err := each.Try(t.Context(), 1, []int{1, 2, 3, 4}, func(_ context.Context, n int) error {
		tried = append(tried, n)
		switch n {
		case 1:
			return bad
		case 3:
			panic("half a character")
		}
		return nil
	})
	if done != 2 || !slices.Equal(tried, []int{1, 2, 3, 4}) {
		t.Errorf("done %d, tried %v", done, tried)
	}
	if !errors.Is(err, bad) || !strings.Contains(err.Error(), "half a character") {
		t.Errorf("said %v", err)
	}
}

func TestSoManyAtATime(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	together := make(chan struct{})
	done, err := each.Try(t.Context(), 3, make([]int, 9), func(context.Context, int) error {
		n := now.Add(1)
		defer now.Add(-1)
		for was := most.Load(); n > was && !most.CompareAndSwap(was, n); was = most.Load() {
		}
		if n == 3 {
			select {
			case <-together:
			default:
				close(together)
			}
		}
		<-together // the first three wait for each other
		return nil
	})
	if done != 9 || err != nil || most.Load() != 3 {
		t.Errorf("done %d, %v; %d at a time", done, err, most.Load())
	}
}

func TestItEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	done, err := each.Try(ctx, 1, []int{1, 2, 3}, func(context.Context, int) error {
		stop()
		return nil
	})
	if done != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("done %d, %v", done, err)
	}
}

// A page whose items all fail is followed by the next one.
func TestWhatFailsAtTheHeadKeepsNoneFromItsTurn(t *testing.T) {
	t.Parallel()
	bad, none := errors.New("never"), errors.New("no list")
	var tried []int
	two := func(_ context.Context, after int) (page []int, err error) {
		for n := after + 1; n <= min(after+2, 5); n++ {
			page = append(page, n)
		}
		return page, nil
	}
	done, err := each.Pages(t.Context(), 1, two, func(_ context.Context, n int) error {
		if tried = append(tried, n); n < 4 {
			return bad
		}
		return nil
	})
	if done != 2 || !errors.Is(err, bad) || !slices.Equal(tried, []int{1, 2, 3, 4, 5}) {
		t.Errorf("%d were done, of %v: %v", done, tried, err)
	}
	done, err = each.Pages(t.Context(), 1, func(context.Context, int) ([]int, error) { return nil, none },
		func(context.Context, int) error { return nil })
	if done != 0 || !errors.Is(err, none) {
		t.Errorf("without a list %d were done: %v", done, err)
	}
}
