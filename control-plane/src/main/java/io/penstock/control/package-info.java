/** Who holds which cores, queues and privileges. */
package io.penstock.control;
