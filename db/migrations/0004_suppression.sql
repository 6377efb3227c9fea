CREATE TABLE `counted_bounce` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`address_key` text NOT NULL,
	`bounce_class` text NOT NULL,
	`about` text NOT NULL,
	`at` integer NOT NULL,
	`counts_until` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `counted_bounce_message` ON `counted_bounce` (`about`,`bounce_class`,`tenant`);--> statement-breakpoint
CREATE INDEX `counted_bounce_address` ON `counted_bounce` (`address_key`,`bounce_class`,`tenant`);--> statement-breakpoint
CREATE INDEX `counted_bounce_end` ON `counted_bounce` (`counts_until`);--> statement-breakpoint
CREATE TABLE `suppression` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`kind` text NOT NULL,
	`address_key` text NOT NULL,
	`sender_key` text NOT NULL,
	`domain` text NOT NULL,
	`reason` text NOT NULL,
	`source` text NOT NULL,
	`evidence` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`removed_at` integer,
	`domain_check_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `suppression_active` ON `suppression` (`address_key`,`domain`,`sender_key`,`tenant`) WHERE removed_at is null;--> statement-breakpoint
CREATE INDEX `suppression_past` ON `suppression` (`address_key`,`domain`,`sender_key`,`tenant`) WHERE removed_at is not null;--> statement-breakpoint
CREATE INDEX `suppression_expiry` ON `suppression` (`expires_at`) WHERE removed_at is null and expires_at is not null;--> statement-breakpoint
CREATE INDEX `suppression_domain_check` ON `suppression` (`domain_check_at`) WHERE domain_check_at is not null;--> statement-breakpoint
CREATE TABLE `suppression_audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`suppression_row` integer NOT NULL,
	`action` text NOT NULL,
	`actor` text NOT NULL,
	`at` integer NOT NULL,
	`why` text,
	FOREIGN KEY (`suppression_row`) REFERENCES `suppression`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `suppression_audit_entry` ON `suppression_audit` (`suppression_row`);--> statement-breakpoint
CREATE TABLE `suppression_cursor` (
	`mirror` text PRIMARY KEY NOT NULL,
	`audit_row` integer NOT NULL
);
