package scheduler

import "context"

// Mended runs the duty that tells of links that work again.
func (s *Scheduler) Mended(ctx context.Context) error { return s.advancer.guard.mended(ctx) }

// PlanOn runs the duty that plans the further sends of scheduled mailings.
func (s *Scheduler) PlanOn(ctx context.Context) error { return s.planner.scheduled(ctx) }
