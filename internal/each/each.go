// Package each does the same for many things, of which one that can't be done
// stops no other: what is done by the clock mustn't wait for somebody to mend the
// first of its list.
package each

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// Try does something for each of items, so many at a time and begun in their order,
// until ctx ends. One that fails, or panics, stops no other and isn't done again.
// Returns how many went well, and what went wrong with the others, joined; where
// ctx ended before the last one began, its error is among that.
func Try[T any](ctx context.Context, atATime int, items []T, do func(ctx context.Context, item T) error) (done int, err error) {
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		failed []error
		places = make(chan struct{}, atATime)
	)
	for _, item := range items {
		places <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-places }()
			err := unbroken(ctx, item, do)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, err)
			} else {
				done++
			}
		})
	}
	all.Wait()
	if done+len(failed) < len(items) {
		failed = append(failed, ctx.Err())
	}
	return done, errors.Join(failed...)
}

// Pages does as Try for a list that comes in pages: page returns the items after one of
// them, first after the zero value, and none when there are no more. So what fails each
// time at the head of a list keeps none of the rest from its turn.
func Pages[T any](
	ctx context.Context, atATime int, page func(ctx context.Context, after T) ([]T, error), do func(ctx context.Context, item T) error,
) (done int, err error) {
	var failed []error
	var last T
	for {
		items, err := page(ctx, last)
		if err != nil || len(items) == 0 {
			return done, errors.Join(append(failed, err)...)
		}
		n, err := Try(ctx, atATime, items, do)
		done, failed, last = done+n, append(failed, err), items[len(items)-1]
	}
}

// unbroken does it for one. What breaks it, as a text from elsewhere that nobody
// foresaw may, is its failure and no end of the process, which does more than this.
func unbroken[T any](ctx context.Context, item T, do func(context.Context, T) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("it broke: %v\n%s", cause, debug.Stack())
		}
	}()
	return do(ctx, item)
}
