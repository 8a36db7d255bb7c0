/*
 * Prints the layout of DPDK's structures as the headers of the installed version have it, one "name value" a line: what
 * stands in abi-NN.layout. A test compiles and runs it and compares; for a new version of DPDK, its output is the new table.
 *
 *   gcc $(pkg-config --cflags libdpdk) layout.c -o layout && ./layout > abi-23.layout
 */
#include <stddef.h>
#include <stdio.h>

#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#define SIZE(type) printf("sizeof.%s %zu\n", #type, sizeof(struct type))
#define FIELD(type, field) printf("%s.%s %zu\n", #type, #field, offsetof(struct type, field))
#define CONSTANT(name) printf("%s %llu\n", #name, (unsigned long long)(name))

int main(void)
{
	SIZE(rte_mbuf);
	FIELD(rte_mbuf, buf_addr);
	FIELD(rte_mbuf, buf_iova);
	FIELD(rte_mbuf, data_off);
	FIELD(rte_mbuf, refcnt);
	FIELD(rte_mbuf, nb_segs);
	FIELD(rte_mbuf, port);
	FIELD(rte_mbuf, ol_flags);
	FIELD(rte_mbuf, packet_type);
	FIELD(rte_mbuf, pkt_len);
	FIELD(rte_mbuf, data_len);
	FIELD(rte_mbuf, vlan_tci);
	FIELD(rte_mbuf, hash);
	FIELD(rte_mbuf, buf_len);
	FIELD(rte_mbuf, pool);
	FIELD(rte_mbuf, next);
	FIELD(rte_mbuf, tx_offload);
	FIELD(rte_mbuf, shinfo);
	FIELD(rte_mbuf, priv_size);
	SIZE(rte_mbuf_ext_shared_info);
	FIELD(rte_mbuf_ext_shared_info, free_cb);
	FIELD(rte_mbuf_ext_shared_info, fcb_opaque);
	FIELD(rte_mbuf_ext_shared_info, refcnt);
	SIZE(rte_pktmbuf_pool_private);
	FIELD(rte_pktmbuf_pool_private, mbuf_data_room_size);
	FIELD(rte_pktmbuf_pool_private, mbuf_priv_size);
	FIELD(rte_pktmbuf_pool_private, flags);

	SIZE(rte_mempool_objhdr);
	FIELD(rte_mempool, pool_data);
	FIELD(rte_mempool, flags);
	FIELD(rte_mempool, size);
	FIELD(rte_mempool, cache_size);
	FIELD(rte_mempool, elt_size);
	FIELD(rte_mempool, header_size);
	FIELD(rte_mempool, trailer_size);
	FIELD(rte_mempool, ops_index);
	FIELD(rte_mempool, populated_size);
	SIZE(rte_mempool_ops);
	FIELD(rte_mempool_ops, enqueue);
	FIELD(rte_mempool_ops, dequeue);
	FIELD(rte_mempool_ops, get_count);
	FIELD(rte_mempool_ops_table, ops);

	SIZE(rte_eth_fp_ops);
	FIELD(rte_eth_fp_ops, rx_pkt_burst);
	FIELD(rte_eth_fp_ops, rxq);
	FIELD(rte_eth_fp_ops, tx_pkt_burst);
	FIELD(rte_eth_fp_ops, tx_pkt_prepare);
	FIELD(rte_eth_fp_ops, txq);
	SIZE(rte_ethdev_qdata);
	FIELD(rte_ethdev_qdata, data);
	FIELD(rte_ethdev_qdata, clbk);

	SIZE(rte_eth_conf);
	FIELD(rte_eth_conf, link_speeds);
	FIELD(rte_eth_conf, rxmode);
	FIELD(rte_eth_conf, txmode);
	FIELD(rte_eth_conf, rx_adv_conf.rss_conf);
	FIELD(rte_eth_conf, intr_conf);
	FIELD(rte_eth_rxmode, mq_mode);
	FIELD(rte_eth_rxmode, mtu);
	FIELD(rte_eth_rxmode, offloads);
	FIELD(rte_eth_txmode, mq_mode);
	FIELD(rte_eth_txmode, offloads);
	SIZE(rte_eth_rss_conf);
	FIELD(rte_eth_rss_conf, rss_key);
	FIELD(rte_eth_rss_conf, rss_key_len);
	FIELD(rte_eth_rss_conf, rss_hf);
	SIZE(rte_eth_rss_reta_entry64);
	FIELD(rte_eth_rss_reta_entry64, mask);
	FIELD(rte_eth_rss_reta_entry64, reta);

	SIZE(rte_eth_rxconf);
	FIELD(rte_eth_rxconf, rx_free_thresh);
	FIELD(rte_eth_rxconf, offloads);
	SIZE(rte_eth_txconf);
	FIELD(rte_eth_txconf, tx_rs_thresh);
	FIELD(rte_eth_txconf, tx_free_thresh);
	FIELD(rte_eth_txconf, offloads);

	SIZE(rte_eth_dev_info);
	FIELD(rte_eth_dev_info, device);
	FIELD(rte_eth_dev_info, driver_name);
	FIELD(rte_eth_dev_info, if_index);
	FIELD(rte_eth_dev_info, min_mtu);
	FIELD(rte_eth_dev_info, max_mtu);
	FIELD(rte_eth_dev_info, min_rx_bufsize);
	FIELD(rte_eth_dev_info, max_rx_pktlen);
	FIELD(rte_eth_dev_info, max_rx_queues);
	FIELD(rte_eth_dev_info, max_tx_queues);
	FIELD(rte_eth_dev_info, rx_offload_capa);
	FIELD(rte_eth_dev_info, tx_offload_capa);
	FIELD(rte_eth_dev_info, reta_size);
	FIELD(rte_eth_dev_info, hash_key_size);
	FIELD(rte_eth_dev_info, flow_type_rss_offloads);
	FIELD(rte_eth_dev_info, default_rxconf);
	FIELD(rte_eth_dev_info, default_txconf);
	FIELD(rte_eth_dev_info, rx_desc_lim);
	FIELD(rte_eth_dev_info, tx_desc_lim);
	FIELD(rte_eth_dev_info, dev_capa);
	SIZE(rte_eth_desc_lim);
	FIELD(rte_eth_desc_lim, nb_max);
	FIELD(rte_eth_desc_lim, nb_min);
	FIELD(rte_eth_desc_lim, nb_align);
	FIELD(rte_eth_desc_lim, nb_seg_max);

	SIZE(rte_eth_link);
	FIELD(rte_eth_link, link_speed);
	printf("rte_eth_link.bits %zu\n", offsetof(struct rte_eth_link, link_speed) + sizeof(uint32_t));
	SIZE(rte_eth_stats);
	FIELD(rte_eth_stats, ipackets);
	FIELD(rte_eth_stats, opackets);
	FIELD(rte_eth_stats, ibytes);
	FIELD(rte_eth_stats, obytes);
	FIELD(rte_eth_stats, imissed);
	FIELD(rte_eth_stats, ierrors);
	FIELD(rte_eth_stats, oerrors);
	FIELD(rte_eth_stats, rx_nombuf);
	SIZE(rte_eth_xstat);
	FIELD(rte_eth_xstat, id);
	FIELD(rte_eth_xstat, value);
	SIZE(rte_eth_xstat_name);
	SIZE(rte_ether_addr);

	SIZE(rte_flow_attr);
	FIELD(rte_flow_attr, group);
	FIELD(rte_flow_attr, priority);
	printf("rte_flow_attr.bits %zu\n", offsetof(struct rte_flow_attr, priority) + sizeof(uint32_t));
	SIZE(rte_flow_item);
	FIELD(rte_flow_item, type);
	FIELD(rte_flow_item, spec);
	FIELD(rte_flow_item, last);
	FIELD(rte_flow_item, mask);
	SIZE(rte_flow_action);
	FIELD(rte_flow_action, type);
	FIELD(rte_flow_action, conf);
	SIZE(rte_flow_error);
	FIELD(rte_flow_error, message);
	SIZE(rte_flow_item_eth);
	SIZE(rte_flow_item_ipv4);
	FIELD(rte_flow_item_ipv4, hdr.dst_addr);
	SIZE(rte_flow_item_tcp);
	FIELD(rte_flow_item_tcp, hdr.dst_port);
	SIZE(rte_flow_item_udp);
	FIELD(rte_flow_item_udp, hdr.dst_port);
	SIZE(rte_flow_action_queue);

	CONSTANT(RTE_MAX_ETHPORTS);
	CONSTANT(RTE_MAX_QUEUES_PER_PORT);
	CONSTANT(RTE_CACHE_LINE_SIZE);
	CONSTANT(RTE_PKTMBUF_HEADROOM);
	CONSTANT(RTE_MEMPOOL_F_NO_SPREAD);
	CONSTANT(RTE_MEMPOOL_F_SP_PUT);
	CONSTANT(RTE_MEMPOOL_F_SC_GET);
	CONSTANT(RTE_MBUF_F_EXTERNAL);
	CONSTANT(RTE_MBUF_F_INDIRECT);
	CONSTANT(RTE_MBUF_F_RX_VLAN);
	CONSTANT(RTE_MBUF_F_RX_VLAN_STRIPPED);
	CONSTANT(RTE_MBUF_F_RX_RSS_HASH);
	CONSTANT(RTE_MBUF_F_RX_IP_CKSUM_MASK);
	CONSTANT(RTE_MBUF_F_RX_IP_CKSUM_GOOD);
	CONSTANT(RTE_MBUF_F_RX_L4_CKSUM_MASK);
	CONSTANT(RTE_MBUF_F_RX_L4_CKSUM_GOOD);
	CONSTANT(RTE_MBUF_F_TX_VLAN);
	CONSTANT(RTE_MBUF_F_TX_TCP_SEG);
	CONSTANT(RTE_MBUF_F_TX_TCP_CKSUM);
	CONSTANT(RTE_MBUF_F_TX_UDP_CKSUM);
	CONSTANT(RTE_MBUF_F_TX_IP_CKSUM);
	CONSTANT(RTE_MBUF_F_TX_IPV4);
	CONSTANT(RTE_MBUF_F_TX_IPV6);
	CONSTANT(RTE_ETH_RX_OFFLOAD_VLAN_STRIP);
	CONSTANT(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM);
	CONSTANT(RTE_ETH_RX_OFFLOAD_UDP_CKSUM);
	CONSTANT(RTE_ETH_RX_OFFLOAD_TCP_CKSUM);
	CONSTANT(RTE_ETH_RX_OFFLOAD_RSS_HASH);
	CONSTANT(RTE_ETH_RX_OFFLOAD_SCATTER);
	CONSTANT(RTE_ETH_TX_OFFLOAD_VLAN_INSERT);
	CONSTANT(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM);
	CONSTANT(RTE_ETH_TX_OFFLOAD_UDP_CKSUM);
	CONSTANT(RTE_ETH_TX_OFFLOAD_TCP_CKSUM);
	CONSTANT(RTE_ETH_TX_OFFLOAD_TCP_TSO);
	CONSTANT(RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	CONSTANT(RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
	CONSTANT(RTE_ETH_MQ_RX_NONE);
	CONSTANT(RTE_ETH_MQ_RX_RSS);
	CONSTANT(RTE_ETH_RSS_IP);
	CONSTANT(RTE_ETH_RSS_TCP);
	CONSTANT(RTE_ETH_RSS_UDP);
	CONSTANT(RTE_FLOW_ITEM_TYPE_END);
	CONSTANT(RTE_FLOW_ITEM_TYPE_ETH);
	CONSTANT(RTE_FLOW_ITEM_TYPE_IPV4);
	CONSTANT(RTE_FLOW_ITEM_TYPE_UDP);
	CONSTANT(RTE_FLOW_ITEM_TYPE_TCP);
	CONSTANT(RTE_FLOW_ACTION_TYPE_END);
	CONSTANT(RTE_FLOW_ACTION_TYPE_QUEUE);
	return 0;
}
