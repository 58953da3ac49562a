import { type Component, defineAsyncComponent } from 'vue'

/** What a task that is not to be decided but to be set right shows, by its kind: each takes an `id`, and says `changed`. */
export const WORKS: Record<string, Component> = {
  collection_case: defineAsyncComponent(() => import('./collections/CollectionSheet.vue')),
  payout_case: defineAsyncComponent(() => import('./payouts/PayoutSheet.vue')),
  reconciliation_difference: defineAsyncComponent(() => import('./reconciliation/DifferenceSheet.vue')),
  reconciliation_day: defineAsyncComponent(() => import('./reconciliation/DaySheet.vue')),
}
